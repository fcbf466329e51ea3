/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_HTTPD_STATE_H
#define MSA_HTTPD_STATE_H

/* What one visit has found out. */

#include "../module.h"
#include "../../page/page.h"
#include "../../wire/record.h"
#include "../../wire/methods.h"

#define MSA_AUTH_TYPE "Security"

/** What one way to prove who asks has found out. */
typedef struct msa_finding_t {
    bool is_done;
    msa_outcome_t
        outcome; /* MSA_OK with `record`, MSA_NOT_FOUND, MSA_UNAUTHENTICATED, or trouble */
    const msa_record_t *record;
} msa_finding_t;

/** A user of this visit: who `r->user` is. */
typedef struct msa_state_user_t {
    char *
        name; /* ours: the very text that r->user points to; else what another authentication set */
    bool is_other;
    const msa_record_t *record; /* NULL: the name of another authentication is nobody's */
} msa_state_user_t;

/** What one visit (an initial request with all that follows from it) has found out. */
typedef struct msa_state_t {
    bool is_checking;      /* inside a hook that runs all others of its kind */
    bool is_stale;         /* Require fresh said no */
    bool is_whole;         /* Require lines look at all that the user has, not at a token's scope */
    msa_outcome_t trouble; /* a provider could not answer: so it is, whatever else is said */
    msa_finding_t findings[MSA_METHODS_MAX];
    apr_array_header_t *users; /* of msa_state_user_t; NULL = none */
    bool is_concealed;         /* what follows was taken out of the request */
    const char *query_token;   /* of the query string */
    const char *link_path;     /* the path with the link of a mail in it, decoded */
    const msa_route_t *route;
    const apr_table_t *cookies; /* the Set-Cookie headers of ours; NULL = none */
    apr_interval_time_t waited; /* for the service, until now */
    const char *session;        /* the secret that a remember cookie was exchanged for; NULL */
    bool is_backend_asked;      /* so its answer may have set cookies */
    bool is_backend_told;       /* the last one was, of the user */
} msa_state_t;

/** The request the visit began with; what the visit remembers stands in its pool. */
request_rec *msa_state_initial(request_rec *r);
/** The visit, to be written. */
msa_state_t *msa_state(request_rec *r);
/** The visit, to be read; never NULL: most requests keep nothing and share one that says so. */
const msa_state_t *msa_state_peek(request_rec *r);
/** Notes that what is secret was taken out of the line of this request, or never stood there. */
void msa_state_note_concealed(request_rec *r);
/** `record` for as long as the visit: a subrequest's own memory goes with it. NULL stays NULL. */
const msa_record_t *msa_state_keep(request_rec *r, const msa_record_t *record);
/** From now on the user of this request is the one of `record`, which lives as long as the visit.
 */
void msa_state_name(request_rec *r, const msa_record_t *record);
/** Remembers what is known (NULL = nothing) of the name that another authentication has set. */
const msa_state_user_t *msa_state_name_other(request_rec *r, const msa_record_t *record);
/** The record of who set the user of this request; NULL when nobody has looked him up. */
const msa_state_user_t *msa_state_user(request_rec *r);
/** True when AuthType Security said who the user of the request is. */
bool msa_state_is_ours(request_rec *r);
/** What was found out about the user of this request so far; asks nobody. NULL = nothing. */
const msa_record_t *msa_state_known(request_rec *r);

#endif
