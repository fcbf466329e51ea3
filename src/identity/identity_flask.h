/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_IDENTITY_IDENTITY_FLASK_H
#define MSA_IDENTITY_IDENTITY_FLASK_H

/* Identities from the cookies and tokens of a Flask-Security application. */

#include "identity.h"
#include "../flask/flask.h"

/**
 * Finds the user whom a Flask-Security application's cookie or token names
 * (SecurityFlaskSecretKey). Writes nothing. MSA_UNAUTHENTICATED: no such key signed it, it has
 * expired, or the user is gone or inactive.
 */
msa_outcome_t msa_identity_by_flask(msa_context_t *ctx, msa_flask_kind_t kind, const char *value,
                                    msa_identity_t **identity);

#endif
