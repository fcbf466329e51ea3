/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_ACCOUNT_REGISTRATION_H
#define MSA_ACCOUNT_REGISTRATION_H

#include <stdbool.h>
#include "../identity/context.h"
#include "../store/tickets.h"

/* What was registered, on its way through a confirmation link (registration.c). */

/** What was registered, as it would be stored; NULL = not given. */
typedef struct msa_enrolment_t {
    const char *password; /* its hash */
    const char *username;
    const apr_array_header_t
        *extra; /* of const char *, as settings->register_fields; may be NULL */
} msa_enrolment_t;

/** As one text for a confirmation link; NULL when there is no memory. */
const char *msa_registration_pack(msa_context_t *ctx, const msa_enrolment_t *enrolment);

/**
 * Writes the further columns inside the caller's transaction; with `clears` what was not given
 * becomes NULL. MSA_FIELD_REFUSED when the table takes one of them not.
 */
msa_outcome_t msa_registration_fields(msa_context_t *ctx, apr_int64_t user_id,
                                      const apr_array_header_t *extra, bool clears);

/**
 * Gives a user who confirms what the link brings along: password, username, further columns, and
 * ends all that others may hold of the account; inside the caller's transaction. A link that brings
 * nothing takes the password away, since nobody knows whose it is (`user->password` NULL then).
 * Nothing changes when the account is as the link says.
 */
msa_outcome_t msa_registration_adopt(msa_context_t *ctx, const msa_ticket_t *ticket,
                                     msa_user_t *user);

#endif
