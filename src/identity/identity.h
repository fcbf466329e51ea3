/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_IDENTITY_IDENTITY_H
#define MSA_IDENTITY_IDENTITY_H

#include <stdbool.h>
#include <apr_tables.h>
#include "context.h"
#include "../store/purposes.h"
#include "../store/tickets.h"

/* Who asks, and what it takes to say so (identity.c). */

/** What a session ticket notes when a remember cookie opened it, not a password. */
#define MSA_SESSION_REMEMBERED "remember"

/** What a request knows of its user: all that guards and environment variables need. */
typedef struct msa_identity_t {
    apr_int64_t ticket_id;                 /* 0 for Basic */
    unsigned char digest[MSA_DIGEST_SIZE]; /* of the secret that proved it */
    msa_purpose_t purpose;
    const char *method; /* `session`, `remember`, `token`, `basic` */
    apr_int64_t user_id;
    const char *email;
    const char *username; /* NULL = none */
    const char *fs_uniquifier;
    const apr_array_header_t *roles;       /* of const char *, each once */
    const apr_array_header_t *permissions; /* of const char *, each once */
    /* all that the user has; more than the two above for a personal token */
    const apr_array_header_t *held_roles, *held_permissions;
    const char *family;   /* NULL = none */
    const char *audience; /* as stored in the ticket; "" for Basic */
    bool is_confirmed;
    bool is_from_flask; /* proved by a cookie or token of a Flask-Security application */
    apr_time_t issued_at;
    apr_time_t fresh_at;   /* last proof of the password; 0 = none in this session; Basic: now */
    apr_time_t expires_at; /* the latest time this identity may be used without asking again */
} msa_identity_t;

/** Roles and permissions of a user as an identity; no ticket in it yet. */
msa_outcome_t msa_identity_of_user(msa_context_t *ctx, const msa_user_t *user,
                                   msa_identity_t **identity);

/** Whose identity it is, as stored now. MSA_NOT_FOUND: the user is gone. */
msa_outcome_t msa_identity_user(msa_context_t *ctx, const msa_identity_t *identity,
                                msa_user_t **user);

/** As much of the ticket that proved an identity as it takes to change or end it. */
msa_ticket_t msa_identity_ticket(const msa_identity_t *identity);

/**
 * Who holds this secret as one of `purposes` (bits)? Checks expiry, idle limit, stamp, site,
 * active; notes use (used_at), at most once a minute. MSA_UNAUTHENTICATED when nobody.
 */
msa_outcome_t msa_identity_by_secret(msa_context_t *ctx, const char *secret, unsigned purposes,
                                     msa_identity_t **identity);

/** True when the password was proved within `within` (below 0 = always true). */
bool msa_identity_is_fresh(const msa_context_t *ctx, const msa_identity_t *identity,
                           apr_interval_time_t within);

/** The secrets a sign-in hands out; NULL where it does not. */
typedef struct msa_signin_t {
    const char *session;                   /* for the session cookie */
    const char *remember;                  /* for the remember cookie */
    apr_interval_time_t remember_lifetime; /* what is left of it */
    const char *device;                    /* for the device cookie */
    msa_identity_t *identity;
} msa_signin_t;

#endif
