/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_IDENTITY_MAIL_H
#define MSA_IDENTITY_MAIL_H

#include "context.h"
#include "../base/template.h"

/* Putting mail into the outbox (mail.c); account/delivery.h sends what is there. */

/**
 * Renders a mail from the template `kind` and puts it into the outbox, inside the caller's
 * transaction. Adds to `values` site_name, site_url, email, and as former_addresses those that can
 * still take the recipient's account back. MSA_OK, MSA_BROKEN (logged).
 */
msa_outcome_t msa_mail_queue(msa_context_t *ctx, const char *kind, const char *recipient,
                             msa_values_t *values);
/** The same for a mail that nobody must be able to tell from a decoy: it costs as much work as
 * one. */
msa_outcome_t msa_mail_queue_hidden(msa_context_t *ctx, const char *kind, const char *recipient,
                                    msa_values_t *values);
/** A decoy: does the work of msa_mail_queue_hidden and leaves no mail. */
msa_outcome_t msa_mail_decoy(msa_context_t *ctx, const char *kind, const char *recipient,
                             msa_values_t *values);
/** What mail and pages call the site: host and port of the public URL. */
const char *msa_mail_site(const msa_context_t *ctx);
/** The absolute URL of an endpoint: settings->public_url, prefix, path, and "/" with `secret` when
 * that is not NULL. From ctx->pool. */
const char *msa_mail_link(const msa_context_t *ctx, const char *path, const char *secret);

#endif
