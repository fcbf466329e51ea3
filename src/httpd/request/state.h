/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_HTTPD_STATE_H
#define MSA_HTTPD_STATE_H

/* The state of a visit: what it has found out. */

#include "../module.h"
#include "../../page/page.h"
#include "../../wire/record.h"
#include "../../wire/methods.h"

#define MSA_AUTH_TYPE "Security"

/** What one method to prove who asks has found out. */
typedef struct msa_finding_t {
    bool is_done;
    msa_outcome_t
        outcome; /* MSA_OK with `record`, MSA_NOT_FOUND, MSA_UNAUTHENTICATED, or trouble */
    const msa_record_t *record;
} msa_finding_t;

/** A user of this visit. */
typedef struct msa_state_user_t {
    char *name; /* ours: r->user is this very pointer; otherwise, the name that another
                   authentication set */
    bool is_other;
    const msa_record_t *record; /* NULL = none of our users has the name */
} msa_state_user_t;

/** The state of a visit (an initial request with all that follows from it). */
typedef struct msa_state_t {
    bool is_checking; /* inside a hook that runs all others of its kind */
    bool is_stale;    /* a Require fresh line refused */
    bool is_whole;    /* Require lines look at all that the user holds, not at a token's scope */
    msa_outcome_t trouble; /* not MSA_OK = nobody could tell who asks: the answer */
    msa_finding_t findings[MSA_METHODS_MAX];
    apr_array_header_t *users; /* of msa_state_user_t; NULL = none */
    bool is_concealed;         /* secrets have been removed from the request line: see below */
    const char *query_token;   /* of the query string; NULL = none */
    const char *link_path;     /* the decoded path with the link of a mail; NULL = none */
    const msa_route_t *route;
    const apr_table_t *cookies; /* Set-Cookie headers of ours; NULL = none */
    apr_interval_time_t waited; /* time spent waiting for the service so far */
    const char *session;   /* the secret that a remember cookie was exchanged for; NULL = none */
    bool is_backend_asked; /* so its answer may have set cookies */
    bool is_backend_told;  /* about the user, when the last one was asked */
} msa_state_t;

/** The request that the visit began with; its state is in that request's pool. */
request_rec *msa_state_initial(request_rec *r);
/** The state of the visit, for writing; made when there is none. */
msa_state_t *msa_state(request_rec *r);
/** The state of the visit, for reading; never NULL: most visits share a constant one. */
const msa_state_t *msa_state_peek(request_rec *r);
/** Notes that the request line holds no secret, or no longer does. */
void msa_state_note_concealed(request_rec *r);
/** `record` in memory that lives as long as the visit: a subrequest's own pool may not. NULL stays
 * NULL. */
const msa_record_t *msa_state_keep(request_rec *r, const msa_record_t *record);
/** Makes the user of `record`, which must live as long as the visit, the user of this request. */
void msa_state_name(request_rec *r, const msa_record_t *record);
/** Remembers what is known about r->user, a name that another authentication has set: `record`,
 * which is copied if needed; NULL = none of our users has it. */
const msa_state_user_t *msa_state_name_other(request_rec *r, const msa_record_t *record);
/** The user of this request; NULL = there is none, or nobody has looked them up. */
const msa_state_user_t *msa_state_user(request_rec *r);
/** True when AuthType Security determined the user of this request. */
bool msa_state_is_ours(request_rec *r);
/** What has been found out about the user of this request so far, without asking; NULL =
 * nothing. */
const msa_record_t *msa_state_known(request_rec *r);

#endif
