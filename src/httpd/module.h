/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_HTTPD_MODULE_H
#define MSA_HTTPD_MODULE_H

/* What the files of this room share. Only they include httpd's headers. */

#include <stddef.h>
#include <sys/un.h>

#include <httpd.h>
#include <http_config.h>
#include <http_core.h>
#include <http_log.h>
#include <http_protocol.h>
#include <http_request.h>
#include <ap_provider.h>

#include "../page/page.h"
#include "../wire/table.h"
#include "../wire/talk.h"
#include "../wire/ways.h"

extern module AP_MODULE_DECLARE_DATA security_auth_module __attribute__((visibility("default")));

/* The file with the module record gets this from AP_DECLARE_MODULE. */
#ifndef MSA_MODULE_RECORD
APLOG_USE_MODULE(security_auth);
#endif

#define MSA_AUTH_TYPE      "Security"
#define MSA_DIRECTIVES_MAX 160
#define MSA_AGENT_BYTES    255 /* of a User-Agent that are looked at */

/** A virtual host: its settings and what was made of them when the configuration was checked. */
typedef struct msa_server_t {
    msa_settings_t settings;
    unsigned char given[MSA_DIRECTIVES_MAX]; /* which directives stand in this section */
    const char *data_directory;              /* SecurityDataDirectory */

    /* of the main server: */
    const char *service_program;         /* SecurityServiceProgram */
    const char *service_user;            /* SecurityUser; NULL = httpd's User */
    apr_interval_time_t service_timeout; /* SecurityServiceTimeout */
    int cache_size;                      /* SecurityCacheSize */

    int number;                          /* among the virtual hosts, in their order */
    int database;                        /* the first of them that has the same database */
    const char *dbd_driver, *dbd_params; /* NULL = not configured */
    bool is_public_tls;                  /* SecurityPublicUrl is an https URL */
    const msa_templates_t *templates;
    const msa_messages_t *messages;
    msa_cookie_names_t cookies;
    unsigned char site[2][MSA_SITE_SIZE]; /* its fingerprint: plain, TLS */
} msa_server_t;

/** A directory, location or .htaccess. */
typedef struct msa_directory_t {
    msa_directory_settings_t settings;
    unsigned char given[MSA_DIRECTIVES_MAX];
} msa_directory_t;

/** What one way to prove who asks has found out. */
typedef struct msa_finding_t {
    bool is_done;
    msa_outcome_t outcome; /* MSA_OK with `known`, MSA_NOT_FOUND, MSA_UNAUTHENTICATED, or trouble */
    const msa_known_t *known;
} msa_finding_t;

/** A user of this visit: who `r->user` is. */
typedef struct msa_user_of_visit_t {
    char *
        name; /* ours: the very text that r->user points to; else what another authentication set */
    bool is_foreign;
    const msa_known_t *known; /* NULL: the foreign name is nobody's */
} msa_user_of_visit_t;

/** What one visit (an initial request with all that follows from it) has found out. */
typedef struct msa_visit_t {
    bool is_checking;      /* inside a hook that runs all others of its kind */
    bool is_stale;         /* Require fresh said no */
    bool is_whole;         /* Require lines look at all that the user has, not at a token's scope */
    msa_outcome_t trouble; /* a provider could not answer: so it is, whatever else is said */
    msa_finding_t findings[MSA_WAYS_MAX];
    apr_array_header_t *users; /* of msa_user_of_visit_t; NULL = none */
    bool is_concealed;         /* what follows was taken out of the request */
    const char *query_token;   /* of the query string */
    const char *link_path;     /* the path with the link of a mail in it, decoded */
    const msa_route_t *route;
    const apr_table_t *cookies; /* the Set-Cookie headers of ours; NULL = none */
    apr_interval_time_t waited; /* for the service, until now */
    const char *session;        /* the secret that a remember cookie was exchanged for; NULL */
    bool is_backend_asked;      /* so its answer may have set cookies */
    bool is_backend_told;       /* the last one was, of the user */
} msa_visit_t;

/** The one place of what is made at start and all children share. */
typedef struct msa_runtime_t {
    bool is_on; /* some virtual host has SecurityEngine On; else nothing below was made */
    apr_interval_time_t timeout; /* SecurityServiceTimeout */
    bool has_databases;          /* more than one */
    int (*is_https)(conn_rec *);
} msa_runtime_t;

extern msa_runtime_t msa_runtime;

/* config.c */
void *msa_config_create_server(apr_pool_t *pool, server_rec *server);
void *msa_config_merge_server(apr_pool_t *pool, void *base, void *add);
void *msa_config_create_directory(apr_pool_t *pool, char *path);
void *msa_config_merge_directory(apr_pool_t *pool, void *base, void *add);
const msa_server_t *msa_config_server(const server_rec *server);
/** True when this or a later virtual host has SecurityEngine On: else nothing of ours is made. */
bool msa_config_is_any_engine_on(const server_rec *first);
/** True when those that have it have more than one database. */
bool msa_config_has_databases(const server_rec *first);
const msa_directory_settings_t *msa_config_directory(const request_rec *r);
/** Overwrites, in this process alone, what the service needs and a request does not: the password
 * of the database, keys. Scripts run here. */
void msa_config_forget_secrets(const server_rec *server);
/** check_config: completes and checks every virtual host; what is wrong stops the start. */
int msa_config_check(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *server);

/* check.c */
/** The first thing that keeps this virtual host from working, in a sentence that begins with the
 * directive to look at; NULL when there is none. */
const char *msa_check_fault(apr_pool_t *pool, const msa_server_t *config);
/** Logs what works but should be known. */
void msa_check_warn(const server_rec *server, const msa_server_t *config);
/** Logs which virtual hosts share a database and would send its mails in another way. */
void msa_check_stores(apr_pool_t *pool, server_rec *server);

/* directives.c */
extern const command_rec msa_directives[];
/** The field a directive sets: offset and size inside its settings; false for the last. */
bool msa_directive_field(int index, bool *is_directory, size_t *offset, size_t *size);

/* start.c */
int msa_start(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *server);
void msa_start_child(apr_pool_t *pool, server_rec *server);

/* dump.c */
/** What the tool and the service are told of a virtual host, with the keys of applications or
 * without them. */
json_t *msa_dump_host(const server_rec *server, bool with_keys);
void msa_dump(apr_pool_t *pconf, server_rec *server);

/* life.c: the service process */
/** How the children of a reading of the configuration reach their service. */
typedef struct msa_link_t {
    struct sockaddr_un address;
    char secret[33];                    /* what it wants to see first */
    unsigned char key[MSA_DIGEST_SIZE]; /* of the record table, as long as this httpd runs */
    msa_table_t *table;                 /* in a child; NULL = it could not be mapped: logged */
} msa_link_t;

/**
 * post_config, when an engine is on: starts the service, and whenever it dies another. OK; at the
 * first start of httpd also HTTP_INTERNAL_SERVER_ERROR, when there is no service that is ready.
 * What is wrong is logged.
 */
int msa_life_start(apr_pool_t *pconf, server_rec *server);
/** child_init: maps the record table. */
void msa_life_child_init(server_rec *server);
/** NULL when there is nothing to reach: no engine is on, or a restart has failed, which is logged.
 */
const msa_link_t *msa_link_get(void);
/** The hook in which a service that could not be started is started after all. */
void msa_life_register(void);

/* world.c */
/** The context of a page that refuses a request; it has no database. */
msa_context_t *msa_world_request(request_rec *r);
/** True when the visitor came over TLS. */
bool msa_world_is_secure(const request_rec *r);

/* ask.c */
/** Begins a question about this request, with room for so many bytes beside its visitor. */
msa_packet_t msa_ask_begin(request_rec *r, msa_talk_kind_t kind, apr_size_t room);
/**
 * Asks the service, and waits for SecurityServiceTimeout at the most. The answer, from r->pool,
 * with its outcome; NULL with MSA_BUSY or MSA_BROKEN. The lines of its log are written.
 */
const msa_packet_head_t *msa_ask(request_rec *r, const msa_packet_t *question,
                                 msa_outcome_t *outcome);
void msa_ask_child_init(void);

/* finding.c */
/** Whose proof is it? The record table is read, and then the service asked. */
msa_outcome_t msa_find(request_rec *r, const msa_proof_t *proof, const msa_known_t **known);
/** Looks up who asks, by the methods that count here; remembered in the visit. */
msa_outcome_t msa_find_visitor(request_rec *r, int methods, const msa_known_t **known);
/** The token that was sent, in whatever place; NULL = none. */
const char *msa_find_token(request_rec *r);
/** Adds headers, also several of one name, to a table that others may hold too. */
void msa_headers_add(apr_table_t *to, const apr_table_t *headers);

/* visit.c */
/** The request the visit began with; what the visit remembers stands in its pool. */
request_rec *msa_visit_initial(request_rec *r);
msa_visit_t *msa_visit(request_rec *r);
/** `known` for as long as the visit: a subrequest's own memory goes with it. NULL stays NULL. */
const msa_known_t *msa_visit_keep(request_rec *r, const msa_known_t *known);
/** From now on the user of this request is the one of `known`, which lives as long as the visit. */
void msa_visit_name(request_rec *r, const msa_known_t *known);
/** Remembers what is known (NULL = nothing) of the name that another authentication has set. */
const msa_user_of_visit_t *msa_visit_name_foreign(request_rec *r, const msa_known_t *known);
/** The record of who set the user of this request; NULL when nobody has looked him up. */
const msa_user_of_visit_t *msa_visit_user(request_rec *r);
/** True when AuthType Security said who the user of the request is. */
bool msa_visit_is_ours(request_rec *r);
/** What was found out about the user of this request so far; asks nobody. NULL = nothing. */
const msa_known_t *msa_visit_known(request_rec *r);
int msa_visit_post_read_request(request_rec *r);

/* conceal.c */
/** Takes what is secret out of the line of the request and its Referer, into the visit; once. */
void msa_conceal(request_rec *r);
void msa_conceal_register(void);

/* own_headers.c */
/** Removes what a client sends under the names of our identity headers, in any spelling. */
void msa_own_headers_remove(request_rec *r);
/**
 * True when the Connection header names one of them, which would have the proxy drop what we set;
 * logged. Such a request is refused wherever identity is passed.
 */
bool msa_own_headers_are_dropped(request_rec *r);

/* backend.c */
/** True when another server will answer. */
bool msa_backend_is_asked(const request_rec *r);
/**
 * Before a backend is asked: takes away what it is not to see, and sees to it that it sets no
 * cookie of ours. `known` is whom it is told of; NULL = nobody. OK or an HTTP status.
 */
int msa_backend_prepare(request_rec *r, const msa_known_t *known);
/** Takes our cookies out of what a backend has answered in this visit; those we set stay. */
void msa_backend_drop_cookies(request_rec *r);
void msa_backend_register(void);

/* authn.c */
/** True when no engine is on anywhere: there is nobody to ask, and nothing to ask with. Logged. */
bool msa_authn_is_off(request_rec *r);
/** MSA_METHOD_ bits of the credentials that were sent beside cookies and count here, good or bad.
 */
int msa_authn_presented(request_rec *r);
/** The methods that count here: MSA_METHOD_ bits. */
int msa_authn_methods(const request_rec *r);
void msa_authn_register(apr_pool_t *pool);

/* foreign.c */
/** True where the names that another authentication sets are those of our users. */
bool msa_foreign_counts(const request_rec *r);
/** What is known of the user of this request, also of one whom another module has authenticated. */
msa_outcome_t msa_foreign_look_up(request_rec *r, const msa_known_t **known);

/* refuse.c */
/** Answers a refused request: redirect, challenge, JSON body. Returns the HTTP status. */
int msa_refuse(request_rec *r, msa_outcome_t outcome);
/** Sets WWW-Authenticate for a 401. */
void msa_refuse_challenge(request_rec *r);
/** True when whoever is refused gets a 401 and is never led to a page: he sent credentials of his
 * own, Basic counts here, or no session does. */
bool msa_refuse_is_challenged(request_rec *r);
void msa_refuse_register(void);

/* authz.c */
void msa_authz_register(apr_pool_t *pool);

/* handler.c */
/** Has an endpoint answered by this module, whoever else wants to; nothing for other requests. */
void msa_handler_claim(request_rec *r);
void msa_handler_register(void);

/* fixups.c */
/** Writes what is known of the user into the headers for a backend. */
void msa_facts_pass(request_rec *r, const msa_known_t *known);
void msa_fixups_register(void);

/* status.c */
void msa_status_register(void);

#endif
