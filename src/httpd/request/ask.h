/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_HTTPD_ASK_H
#define MSA_HTTPD_ASK_H

/* Questions to the service. */

#include "../module.h"
#include "../../wire/talk.h"

/** Begins a question about this request, with room for so many bytes beside its visitor. */
msa_packet_t msa_ask_begin(request_rec *r, msa_talk_kind_t kind, apr_size_t room);
/**
 * Asks the service, and waits for SecurityServiceTimeout at the most. The answer, from r->pool,
 * with its outcome; NULL with MSA_BUSY or MSA_BROKEN. The lines of its log are written.
 */
const msa_packet_head_t *msa_ask(request_rec *r, const msa_packet_t *question,
                                 msa_outcome_t *outcome);

#endif
