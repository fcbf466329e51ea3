/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_IDENTITY_IDENTITY_H
#define MSA_IDENTITY_IDENTITY_H

#include <stdbool.h>
#include <apr_tables.h>
#include "context.h"
#include "../store/purposes.h"
#include "../store/tickets.h"

/* Who is asking, and what it takes to know (identity.c). */

/** The detail of a session ticket that a remember cookie opened, not a password; also its method.
 */
#define MSA_SESSION_REMEMBERED "remember"

/** What a request knows about its user: all that guards and environment variables need. */
typedef struct msa_identity_t {
    apr_int64_t ticket_id; /* 0 = not proved by a ticket of ours (Basic, Flask-Security) */
    unsigned char digest[MSA_DIGEST_SIZE]; /* of the secret that proved it; zeros for a password */
    msa_purpose_t purpose;
    const char *method; /* `session`, `remember`, `token`, `basic` */
    apr_int64_t user_id;
    const char *email;
    const char *username; /* NULL = none */
    const char *fs_uniquifier;
    const apr_array_header_t *roles;       /* of const char *, each once */
    const apr_array_header_t *permissions; /* of const char *, each once */
    /* all that the user has; more than the two above when a personal token narrows those */
    const apr_array_header_t *held_roles, *held_permissions;
    const char *family;   /* NULL = none */
    const char *audience; /* as stored in the ticket; "" for Basic with a password */
    bool is_confirmed;
    bool is_from_flask; /* proved by a cookie or token of a Flask-Security application */
    apr_time_t issued_at;
    apr_time_t fresh_at; /* last proof of the password; 0 = none in this session; for Basic: now */
    apr_time_t expires_at; /* when it must be proved again; APR_INT64_MAX = never */
} msa_identity_t;

/** An identity with the roles and permissions of a user; there is no ticket in it yet. MSA_OK,
 * MSA_BROKEN. */
msa_outcome_t msa_identity_of_user(msa_context_t *ctx, const msa_user_t *user,
                                   msa_identity_t **identity);

/** The user whose identity it is, as stored now. MSA_NOT_FOUND: the user is gone. */
msa_outcome_t msa_identity_user(msa_context_t *ctx, const msa_identity_t *identity,
                                msa_user_t **user);

/** As much of the ticket that proved an identity as is needed to change or end it: id, purpose,
 * user, digest. */
msa_ticket_t msa_identity_ticket(const msa_identity_t *identity);

/**
 * Finds who has this secret, as a ticket of one of `purposes` (bits `1u << purpose`; session, token
 * or, where they are enabled, personal token, which has MSA_PERSONAL_PREFIX in front). Checks
 * expiry, idle limit, stamp, site, and that the user is active; notes the use (used_at) at most
 * once a minute, more often where the idle limit is short. MSA_UNAUTHENTICATED: nobody.
 */
msa_outcome_t msa_identity_by_secret(msa_context_t *ctx, const char *secret, unsigned purposes,
                                     msa_identity_t **identity);

/** True when the password was proved within the last `within` (below 0 = always true). A password
 * sent by Basic is always fresh. */
bool msa_identity_is_fresh(const msa_context_t *ctx, const msa_identity_t *identity,
                           apr_interval_time_t within);

/** The secrets that a sign-in hands out; NULL where it hands out none. */
typedef struct msa_signin_t {
    const char *session;                   /* for the session cookie */
    const char *remember;                  /* for the remember cookie */
    apr_interval_time_t remember_lifetime; /* what is left of its life */
    const char *device;                    /* for the device cookie */
    msa_identity_t *identity;
} msa_signin_t;

#endif
