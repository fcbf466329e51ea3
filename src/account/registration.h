/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_ACCOUNT_REGISTRATION_H
#define MSA_ACCOUNT_REGISTRATION_H

#include <stdbool.h>
#include "../identity/context.h"
#include "../store/tickets.h"

/* What was registered, carried by a confirmation link (registration.c). */

/** What was registered, as it would be stored; NULL = not given. */
typedef struct msa_enrolment_t {
    const char *password; /* its hash */
    const char *username;
    const apr_array_header_t
        *extra; /* of const char *, as settings->register_fields; may be NULL */
} msa_enrolment_t;

/** A value of `extra` as above; NULL when it was not given. */
const char *msa_registration_value(const apr_array_header_t *extra, int i);

/** As one text for a confirmation link, from ctx->pool; NULL when out of memory. */
const char *msa_registration_pack(msa_context_t *ctx, const msa_enrolment_t *enrolment);

/**
 * Writes the further columns inside the caller's transaction; with `clears` a column whose field
 * was not given becomes NULL. MSA_OK, MSA_FIELD_REFUSED (the table does not accept a value),
 * MSA_BROKEN.
 */
msa_outcome_t msa_registration_fields(msa_context_t *ctx, apr_int64_t user_id,
                                      const apr_array_header_t *extra, bool clears);

/**
 * Gives a user who confirms what the link brings along: password, username, further columns; and
 * ends all that others may have of the account; inside the caller's transaction. A username that
 * somebody else has taken meanwhile is left out (logged). A link that brings nothing takes the
 * password away, since nobody knows whose it is (`user->password` is NULL then). Nothing changes
 * when the account has the link's password already. MSA_INVALID_CONFIRMATION_TOKEN (unreadable),
 * MSA_FIELD_REFUSED, MSA_NOT_FOUND (another writer came first, or the ticket is gone), MSA_BROKEN.
 */
msa_outcome_t msa_registration_adopt(msa_context_t *ctx, const msa_ticket_t *ticket,
                                     msa_user_t *user);

#endif
