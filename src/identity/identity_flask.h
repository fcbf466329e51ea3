/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_IDENTITY_IDENTITY_FLASK_H
#define MSA_IDENTITY_IDENTITY_FLASK_H

/* Who a cookie or token of a Flask-Security application speaks of. */

#include "identity.h"
#include "../flask/flask.h"

/**
 * Who does a Flask-Security application's cookie or token speak of (SecurityFlaskSecretKey)?
 * Nothing is written. MSA_UNAUTHENTICATED when it is not its own, expired, or the user is gone or
 * inactive.
 */
msa_outcome_t msa_identity_by_flask(msa_context_t *ctx, msa_flask_kind_t kind, const char *value,
                                    msa_identity_t **identity);

#endif
