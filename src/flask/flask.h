/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_FLASK_FLASK_H
#define MSA_FLASK_FLASK_H

/* What a Flask-Security application signs. It is only read: nothing like it is ever made here. */

#include <apr_pools.h>
#include <apr_time.h>

/** What a running Flask-Security application hands out to its users. */
typedef enum {
    MSA_FLASK_SESSION,  /* Flask's signed session cookie with Flask-Login's `_user_id` */
    MSA_FLASK_REMEMBER, /* Flask-Login's remember cookie */
    MSA_FLASK_TOKEN     /* Flask-Security's authentication token, versions 3 to 5 */
} msa_flask_kind_t;

/** What it says about its user. */
typedef struct msa_flask_claim_t {
    const char *fs_uniquifier;
    apr_time_t signed_at;  /* 0 for remember cookies, which carry no time */
    apr_time_t fresh_at;   /* last proof of the password; 0 = none */
    apr_time_t expires_at; /* 0 = it has none of its own */
} msa_flask_claim_t;

/**
 * Verifies one of these under the application's SECRET_KEY and fills `*claim`, its text from
 * `pool`. APR_EINVAL, with `*claim` left alone, for anything that this application did not sign or
 * that has expired: a session 31 days after it was signed, a token when it says so. Whether the
 * user exists and is active is for the caller to find out.
 */
apr_status_t msa_flask_verify(apr_pool_t *pool, msa_flask_kind_t kind, const char *secret,
                              const char *value, apr_time_t now, msa_flask_claim_t *claim);

#endif
