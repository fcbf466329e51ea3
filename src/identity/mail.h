/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_IDENTITY_MAIL_H
#define MSA_IDENTITY_MAIL_H

#include "context.h"
#include "../base/template.h"

/* Mail into the outbox (mail.c); account/delivery.h sends what lies there. */

/**
 * Renders a mail and puts it into the outbox, inside the caller's transaction. `values` is given
 * site_name, email and the like here, and which addresses can take the recipient's account back.
 */
msa_outcome_t msa_mail_queue(msa_context_t *ctx, const char *kind, const char *recipient,
                             msa_values_t *values);
/** The same for a mail of which nobody may know whether it is a decoy: as much work as that. */
msa_outcome_t msa_mail_queue_hidden(msa_context_t *ctx, const char *kind, const char *recipient,
                                    msa_values_t *values);
/** Does the work of msa_mail_queue_hidden, but no mail stays. */
msa_outcome_t msa_mail_decoy(msa_context_t *ctx, const char *kind, const char *recipient,
                             msa_values_t *values);
/** What mails and pages call the site: host and port of the public URL. */
const char *msa_mail_site(const msa_context_t *ctx);
/** The absolute URL of an endpoint: settings->public_url, prefix, path, and "/secret" when not
 * NULL. */
const char *msa_mail_link(const msa_context_t *ctx, const char *path, const char *secret);

#endif
