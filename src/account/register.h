/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_ACCOUNT_REGISTER_H
#define MSA_ACCOUNT_REGISTER_H

/* Registration: what a visitor typed, and what is wrong with it. */

#include "../identity/context.h"
#include "../store/users.h"

/** What a visitor typed into the registration form; NULL = not given. */
typedef struct msa_registration_t {
    const char *email, *username, *password;
    const apr_array_header_t
        *extra; /* of const char *, as settings->register_fields; may be NULL */
} msa_registration_t;

/** The faults of a form: at most one outcome per field. */
typedef struct msa_fault_t {
    const char *field; /* "" = the form */
    msa_outcome_t outcome;
} msa_fault_t;

/**
 * Registers: policy, uniqueness, the row, mails, in one transaction. `faults` (array of
 * msa_fault_t) gets every fault that may be published; MSA_API_ERROR then. With generic responses a
 * taken address or name gives MSA_OK with `*user` NULL, the same work, and a mail to the owner.
 * MSA_OK with
 * `*user`: made; confirmation is pending unless user->confirmed_at or the feature is off.
 */
msa_outcome_t msa_register(msa_context_t *ctx, const msa_registration_t *registration,
                           apr_array_header_t *faults, msa_user_t **user);

#endif
