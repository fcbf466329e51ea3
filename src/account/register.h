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

/** A fault of a form: at most one per field. */
typedef struct msa_fault_t {
    const char *field; /* "" = the form */
    msa_outcome_t outcome;
} msa_fault_t;

/**
 * Registers: policy, uniqueness, the row and the mail, the latter three in one transaction. MSA_OK:
 * `*user` is made, and confirmation is pending unless user->confirmed_at or the feature is off.
 * With generic responses a taken address or name gives MSA_OK with `*user` NULL for the same work,
 * and a mail to the owner. MSA_API_ERROR: `faults` (array of msa_fault_t) has every fault that may
 * be published; faults that are in it from before refuse the form, too. MSA_TOO_MANY_REQUESTS,
 * MSA_BUSY, MSA_BROKEN.
 */
msa_outcome_t msa_register(msa_context_t *ctx, const msa_registration_t *registration,
                           apr_array_header_t *faults, msa_user_t **user);

#endif
