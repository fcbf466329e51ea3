/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_SERVICE_SERVICE_H
#define MSA_SERVICE_SERVICE_H

/* What the files of this room share: the process that does for httpd whatever is slow or secret. */

#include <stdbool.h>
#include <apr_tables.h>
#include "../wire/table.h"
#include "../wire/talk.h"
#include "database.h"

/** A virtual host, as httpd has handed it over. */
typedef struct msa_host_t {
    const char *name;
    int log;                     /* the descriptor of its error log */
    int log_level;               /* the least important that goes there; -1 = none */
    const char *driver, *params; /* NULL = it has no database */
    const char *data_directory;
    msa_settings_t settings;
    const msa_password_policy_t *passwords;
    const msa_templates_t *templates;
    const msa_messages_t *messages;
    msa_cookie_names_t cookies;
    unsigned char site[2][MSA_SITE_SIZE]; /* plain, TLS */
    msa_database_t *database;
    int database_number;        /* among the databases */
    apr_uint64_t store;         /* a number for its database and its tables there; never 0 */
    apr_uint32_t is_unfit_told; /* that the tables do not fit was logged */
} msa_host_t;

/** The one place of what all threads share. All but the last members stay as they were made. */
typedef struct msa_service_t {
    apr_pool_t *pool;
    const char *secret; /* who does not know it is not listened to */
    unsigned char key[MSA_DIGEST_SIZE];
    apr_array_header_t *hosts;     /* of msa_host_t * */
    apr_array_header_t *databases; /* of msa_database_t *, each once */
    msa_table_t *table;
    int hash_slots;              /* hashes computed at once */
    int quick_deaths;            /* in a row, of those before */
    apr_interval_time_t timeout; /* the longest that anybody waits for an answer */
    msa_database_rules_t rules;
    volatile apr_uint32_t is_retired; /* another one does the writing */
    volatile apr_uint32_t is_ending;
    volatile apr_uint32_t replaced; /* how often a file of a database was another one */
} msa_service_t;

extern msa_service_t msa_service;

/* main.c */
/** `security-auth serve`: the whole life of the service. The exit status. */
int msa_service_main(void);

/* host.c */
/** Reads what httpd hands over. NULL, or what is wrong with it. */
const char *msa_host_read(const char *text);
/** The virtual host of a number; NULL when there is none, or its settings are not fit for use. */
msa_host_t *msa_host_find(int number);
/** One host for each database with tables of its own: whose watch it is. Of msa_host_t *. */
apr_array_header_t *msa_host_stores(apr_pool_t *pool);

/* log.c */
/** A line that belongs to no request, into the log of a host (NULL = of the main server), as httpd
 * writes its own. */
void msa_log_write(const msa_host_t *host, msa_log_level_t level, const char *line);

/* client.c: those who ask */

/** One connection of a child of httpd. */
typedef struct msa_client_t msa_client_t;

/** One question, from its arrival to its answer. */
typedef struct msa_job_t {
    struct msa_job_t *next;
    msa_client_t *client;
    msa_host_t *host;
    apr_time_t came, until; /* of msa_env_ticks() */
    msa_packet_head_t *question;
} msa_job_t;

/** Answers a job, and lets it go. `answer` is sent without waiting; NULL = there is none. */
void msa_job_finish(msa_job_t *job, msa_packet_head_t *answer);
/** Answers at once with an outcome and nothing else; the job is let go. */
void msa_job_refuse(msa_job_t *job, msa_outcome_t outcome);

/** Someone new; `socket` belongs to the client from now on. NULL = there are too many. */
msa_client_t *msa_client_make(int socket);
/**
 * Reads one message of a client, if there is one, and puts it on its way. False: the client is to
 * be let go.
 */
bool msa_client_read(msa_client_t *client);
/** No more is read of it; it goes with the last job of its. */
void msa_client_leave(msa_client_t *client);
/** Shuts the connections of those who have not said who they are for some seconds. */
void msa_clients_attend(void);
int msa_client_socket(const msa_client_t *client);

/* queue.c */
/** Starts the workers. */
apr_status_t msa_queue_start(void);
/** Puts a job on its way, or refuses it at once: nobody waits in vain. */
void msa_queue_put(msa_job_t *job);
/** No more begins; the workers end after what they do. */
void msa_queue_end(void);
/** True when all workers have ended. */
bool msa_queue_has_ended(void);

/* turns.c: hashing, by as many at once as there are processors, in the order of arrival */
void msa_turns_make(int slots);
/** APR_TIMEUP: it is not our turn by `until`. Newcomers have half of the slots. */
apr_status_t msa_turn_wait(bool is_newcomer, apr_time_t until);
void msa_turn_end(bool is_newcomer);

/* world.c */

/** Lines of a question's log, which go back with its answer. */
typedef struct msa_line_t {
    msa_log_level_t level;
    const char *text;
} msa_line_t;

/** The outside world of one question, or of a round of a watch. */
typedef struct msa_world_t {
    apr_pool_t *pool;
    msa_host_t *host;
    apr_time_t began, until;   /* of msa_env_ticks(): nobody waits longer; 0 = a watch */
    bool is_secure;            /* the visitor came over TLS */
    apr_array_header_t *lines; /* of msa_line_t; NULL = into the log at once */
    bool is_newcomer;          /* who has the turn */
    msa_env_t env;
    msa_db_source_t source;
    msa_directory_settings_t directory;
} msa_world_t;

/** The context of a question of this host, which nobody waits for after `until` (of
 * msa_env_ticks()); or of a watch (0), which waits a few seconds for whatever it needs. */
msa_context_t *msa_world_make(apr_pool_t *pool, msa_host_t *host, apr_time_t until,
                              msa_world_t **world);
/** What changed about a user (0 = everybody) or a ticket counts from now on, in every child. */
void msa_world_user_changed(apr_int64_t user_id);
void msa_world_ticket_changed(const unsigned char digest[MSA_DIGEST_SIZE]);

/* look_up.c */

/** Who asks, of one question. */
typedef struct msa_search_t {
    msa_context_t *ctx;
    msa_world_t *world;
    bool wants_identity;      /* a page is to be served: the table does not know enough */
    msa_identity_t *identity; /* then: who it is */
    msa_signin_t signin;      /* of a remember cookie */
} msa_search_t;

/** Whose proof is it? As msa_visitor_t wants it; `baton` is an msa_search_t. */
msa_outcome_t msa_look_up(void *baton, const msa_proof_t *proof, const msa_known_t **known);

/* answer.c */
/** Does what a job asks for, on the memory of `pool`, and finishes it. */
void msa_answer(msa_job_t *job, apr_pool_t *pool);

/* later.c: who signed out while the database was away */
/** Ends what is known of a session at once, in every child, and keeps in mind to end the rest, also
 * for a service after this one. False when too much is kept already. */
bool msa_later_add(const msa_host_t *host, const char *session, const char *remember);
/** Whether this is the secret of a session or remember cookie of somebody who has signed out. */
bool msa_later_is_over(const char *secret);
/** Ends what is kept in mind for the store of this host; its database is there. */
void msa_later_run(apr_pool_t *pool, msa_host_t *host);

/* watch.c: what others change, what is over, and mail */
apr_status_t msa_watch_start(void);
/** After is_retired or is_ending was set: they are not to sleep on. */
void msa_watch_wake(void);
bool msa_watch_has_ended(void);
/** True while mails may be on their way. */
bool msa_watch_is_mailing(void);

#endif
