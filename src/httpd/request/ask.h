/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_HTTPD_ASK_H
#define MSA_HTTPD_ASK_H

/* Questions to the service. */

#include "../module.h"
#include "../../wire/talk.h"

/** Begins a question about this request, in r->pool, with room for `room` bytes besides the
 * visitor. Sets all of the head but what msa_ask sets. */
msa_packet_t msa_ask_begin(request_rec *r, msa_talk_kind_t kind, apr_size_t room);
/**
 * Asks the service. The questions of a visit wait no longer than SecurityServiceTimeout in all,
 * though a page always gets a fifth of that. Returns the answer, in r->pool, with its outcome in
 * `*outcome`, and writes its log lines. NULL with MSA_BUSY (no answer in time, too many wait
 * already, or the question is full) or MSA_BROKEN (the service does not answer, or it is not known
 * whether a page was done).
 */
const msa_packet_head_t *msa_ask(request_rec *r, const msa_packet_t *question,
                                 msa_outcome_t *outcome);

#endif
