/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_HTTPD_MODULE_H
#define MSA_HTTPD_MODULE_H

/* What the files of this room share. Only they include httpd's headers. */

#include <stddef.h>

#include <httpd.h>
#include <http_config.h>
#include <http_core.h>
#include <http_log.h>
#include <http_protocol.h>
#include <http_request.h>
#include <ap_provider.h>
#include <ap_socache.h>
#include <apr_dbd.h>
#include <mod_dbd.h>

#include "../page/page.h"

extern module AP_MODULE_DECLARE_DATA security_auth_module __attribute__((visibility("default")));

/* The file with the module record gets this from AP_DECLARE_MODULE. */
#ifndef MSA_MODULE_RECORD
APLOG_USE_MODULE(security_auth);
#endif

#define MSA_AUTH_TYPE       "Security"
#define MSA_DIRECTIVES_MAX  160
#define MSA_FINGERPRINT     16    /* bytes of a digest that stand for a site */
#define MSA_KNOWN_BYTES_MAX 32768 /* of what is known of a user: a thousand roles or two */

/** A virtual host: its settings and what was made of them when the configuration was checked. */
typedef struct msa_server_t {
    msa_settings_t settings;
    unsigned char given[MSA_DIRECTIVES_MAX]; /* which directives stand in this section */
    const char *data_directory;              /* SecurityDataDirectory */
    const char *cache_key;                   /* SecurityCacheKey; NULL = none */

    const char *dbd_driver, *dbd_params; /* as mod_dbd will use them; NULL = not configured */
    bool is_public_tls;                  /* SecurityPublicUrl is an https URL */
    apr_uint32_t *away_until;    /* of this child, in seconds: the database is not asked before */
    apr_uint32_t *is_unfit_told; /* this child has logged that the tables are unfit */
    const msa_password_policy_t *passwords;
    const msa_templates_t *templates;
    const msa_messages_t *messages;
    msa_cookie_names_t cookies;
    unsigned char fingerprint[2][MSA_FINGERPRINT]; /* of the site: plain, TLS */
} msa_server_t;

/** A directory, location or .htaccess. */
typedef struct msa_directory_t {
    msa_directory_settings_t settings;
    unsigned char given[MSA_DIRECTIVES_MAX];
} msa_directory_t;

/**
 * What a request knows of its user, as it stands in the cache: one block of memory, texts inside.
 * Roles and permissions are lists with a comma behind each name: `admin,editor,`.
 */
typedef struct msa_known_t {
    apr_uint32_t size;  /* of the whole block */
    apr_uint64_t epoch; /* of the changes when loading began */
    apr_int64_t user_id, ticket_id;
    apr_time_t issued_at, fresh_at, expires_at;
    unsigned char digest[MSA_DIGEST_SIZE];
    unsigned char fingerprint[MSA_FINGERPRINT];
    unsigned char purpose, is_confirmed, is_foreign, has_username, has_family;
    /* offsets of the texts */
    apr_uint16_t id_text, email, username, uniquifier, family, audience, method, roles, permissions,
        held_roles, held_permissions;
    char texts[];
} msa_known_t;

#define MSA_WAYS_MAX 8 /* to prove who asks */

/** What one of them has found out. */
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
    bool is_backend_asked;      /* so its answer may have set cookies */
    bool is_backend_told;       /* the last one was, of the user */
} msa_visit_t;

typedef struct msa_generations_t msa_generations_t;
typedef struct msa_slots_t msa_slots_t;

/** The one place of what httpd makes at start and all children share. */
typedef struct msa_runtime_t {
    bool is_on; /* some virtual host has SecurityEngine On; else nothing below was made */
    apr_pool_t *pool;
    APR_OPTIONAL_FN_TYPE(ap_dbd_open) * dbd_open;
    APR_OPTIONAL_FN_TYPE(ap_dbd_close) * dbd_close;
    int (*is_https)(conn_rec *);
    const ap_socache_provider_t *cache;
    ap_socache_instance_t *cache_instance;
    apr_global_mutex_t *cache_mutex; /* NULL when the provider needs none */
    server_rec *main_server;
    msa_generations_t *generations;
    msa_slots_t *hash_slots;
    msa_slots_t *newcomer_slots; /* who registers needs one of these first: half as many */
    msa_slots_t *database_slots; /* of workers; half of them always have other things to do */
    unsigned char key[MSA_DIGEST_SIZE]; /* of this start: authenticates records, hides passwords */
    bool is_key_shared;                 /* the key came from SecurityCacheKey */
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
const msa_directory_settings_t *msa_config_directory(const request_rec *r);
/** check_config: completes and checks every virtual host; what is wrong stops the start. */
int msa_config_check(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *server);

/* check.c */
/** The first thing that keeps this virtual host from working, in a sentence that begins with the
 * directive to look at; NULL when there is none. */
const char *msa_check_fault(apr_pool_t *pool, const msa_server_t *config,
                            const msa_server_t *main_config);
/** Logs what works but should be known. */
void msa_check_warn(const server_rec *server, const msa_server_t *config);

/* directives.c */
extern const command_rec msa_directives[];
/** The field a directive sets: offset and size inside its settings; false for the last. */
bool msa_directive_field(int index, bool *is_directory, size_t *offset, size_t *size);
/** The value of directive `index` in these settings as JSON; NULL when it has none to show. */
json_t *msa_directive_json(int index, const void *settings);

/* start.c */
int msa_start(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *server);

/* dump.c */
void msa_dump(apr_pool_t *pconf, server_rec *server);

/* world.c */
/** The visitor's context of a request; its database is opened when first used. */
msa_context_t *msa_world_request(request_rec *r);
/** A context without a request, for the watchdog. */
msa_context_t *msa_world_server(apr_pool_t *pool, server_rec *server);
/** True when the visitor came over TLS. */
bool msa_world_is_secure(const request_rec *r);

/* generation.c */
apr_status_t msa_generation_make(apr_pool_t *pool);
/** The time on the clock of changes; read it before the database is read. */
apr_uint64_t msa_generation_now(void);
/** True when nothing changed about this user since `epoch`. */
bool msa_generation_is_current(apr_int64_t user_id, apr_uint64_t epoch);
/** The number under which one ticket has a slot of its own. */
apr_int64_t msa_generation_id(const unsigned char digest[MSA_DIGEST_SIZE]);
/** Forgets everything about a user (0 = about everybody), at once in every child. */
void msa_generation_bump(apr_int64_t user_id);

/* slots.c */
/** So many (1024 at most) may be inside at once on this machine. */
apr_status_t msa_slots_make(apr_pool_t *pool, int wanted, msa_slots_t **slots);
/** Waits a quarter of a second at the most; APR_TIMEUP when all are taken. */
apr_status_t msa_slots_enter(msa_slots_t *slots, int *slot);
/** By the thread that entered. */
void msa_slots_leave(msa_slots_t *slots, int slot);

/* cache.c */
int msa_cache_pre_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp);
/** What is wrong with SecurityCache; NULL when it can be made. */
const char *msa_cache_fault(apr_pool_t *pool, const msa_server_t *config);
apr_status_t msa_cache_make(apr_pool_t *pool, server_rec *server, const msa_server_t *config);
void msa_cache_child_init(apr_pool_t *pool, server_rec *server);
/** A record by key, copied into `pool`; NULL when absent, outdated or of another site. */
const msa_known_t *msa_cache_get(request_rec *r, const unsigned char key[MSA_DIGEST_SIZE],
                                 const unsigned char fingerprint[MSA_FINGERPRINT],
                                 bool *is_known_bad);
void msa_cache_put(request_rec *r, const unsigned char key[MSA_DIGEST_SIZE],
                   const msa_known_t *known);
/** Remembers for a few seconds that a well-formed secret is nobody's. */
void msa_cache_put_bad(request_rec *r, const unsigned char key[MSA_DIGEST_SIZE]);

/* known.c */
/** Packs an identity; `epoch` was read before the database was. NULL = not fit to be used, logged.
 */
const msa_known_t *msa_known_pack(request_rec *r, const msa_identity_t *identity,
                                  apr_uint64_t epoch);
/** The same as the account floor knows it. */
msa_identity_t *msa_known_identity(apr_pool_t *pool, const msa_known_t *known);
/** A text of a block by its offset. */
const char *msa_known_text(const msa_known_t *known, apr_uint16_t offset);
/** True when `name` (with a comma behind it) is in a list of names. */
bool msa_known_has(const msa_known_t *known, apr_uint16_t list, const char *name_with_comma);

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
/** Looks up who asks, by the methods that count here; remembered in the visit. */
msa_outcome_t msa_authn_look_up(request_rec *r, int methods, const msa_known_t **known);
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

/* descriptors.c */
/** child_init: the connections that mod_dbd opened ahead are no script's. */
void msa_descriptors_child_init(apr_pool_t *pool, server_rec *server);
/** The same for a connection that is new to us. */
void msa_descriptors_keep(const ap_dbd_t *lease);

/* worker.c */
/** One virtual host (server_rec *) for each database with its own tables. */
apr_array_header_t *msa_worker_hosts(apr_pool_t *pool, server_rec *server);
int msa_worker_start(apr_pool_t *pconf, server_rec *server);
/** child_init, before there are threads: where requests and watchdogs share an allocator, it gets a
 * lock. */
void msa_worker_child_lock(apr_pool_t *pool, server_rec *server);
/** child_init: the child's end waits for what the watchdog is doing in it. */
void msa_worker_child_init(apr_pool_t *pool, server_rec *server);

#endif
