/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_FLASK_FLASK_H
#define MSA_FLASK_FLASK_H

/* What a Flask-Security application signs, read-only: nothing of it is ever made here. */

#include <apr_pools.h>
#include <apr_time.h>

/** What a running Flask-Security application hands out to its users. */
typedef enum {
    MSA_FLASK_SESSION,  /* Flask's signed session cookie with Flask-Login's `_user_id` */
    MSA_FLASK_REMEMBER, /* Flask-Login's remember cookie */
    MSA_FLASK_TOKEN     /* Flask-Security's authentication token, versions 3 to 5 */
} msa_flask_kind_t;

/** Who it speaks of. */
typedef struct msa_flask_claim_t {
    const char *fs_uniquifier;
    apr_time_t signed_at;  /* 0 for remember cookies, which carry no time */
    apr_time_t fresh_at;   /* last proof of the password; 0 = none */
    apr_time_t expires_at; /* 0 = none of its own */
} msa_flask_claim_t;

/**
 * Verifies one under the application's SECRET_KEY. APR_EINVAL for anything that this application
 * did not sign, or that is expired. Whether the user exists and is active is the caller's question.
 */
apr_status_t msa_flask_verify(apr_pool_t *pool, msa_flask_kind_t kind, const char *secret,
                              const char *value, apr_time_t now, msa_flask_claim_t *claim);

#endif
