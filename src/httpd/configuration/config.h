/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_HTTPD_CONFIG_H
#define MSA_HTTPD_CONFIG_H

/* The settings of virtual hosts and directories. */

#include "../module.h"
#include "../../base/messages.h"
#include "../../page/page.h"
#include "../../wire/methods.h"

#define MSA_DIRECTIVES_MAX 160

/** A virtual host: its settings, and what was derived from them when the configuration was
 * checked. */
typedef struct msa_server_t {
    msa_settings_t settings;
    unsigned char given[MSA_DIRECTIVES_MAX]; /* which directives this section has */
    const char *data_directory;              /* SecurityDataDirectory */

    /* of the main server only: */
    const char *service_program;         /* SecurityServiceProgram */
    const char *service_user;            /* SecurityUser; NULL = httpd's User */
    apr_interval_time_t service_timeout; /* SecurityServiceTimeout */
    int cache_size;                      /* SecurityCacheSize */

    int number;                          /* its index among the virtual hosts, in their order */
    int database;                        /* `number` of the first host with the same database */
    const char *dbd_driver, *dbd_params; /* NULL = not configured */
    bool is_public_tls;                  /* SecurityPublicUrl is an https URL */
    const msa_templates_t *templates;
    const msa_messages_t *messages;
    msa_cookie_names_t cookies;
    msa_route_map_t routes;
    unsigned char site[2][MSA_SITE_SIZE]; /* fingerprints of the site: without TLS, with TLS */
} msa_server_t;

/** A directory, location or .htaccess. */
typedef struct msa_directory_t {
    msa_directory_settings_t settings;
    unsigned char given[MSA_DIRECTIVES_MAX];
} msa_directory_t;

void *msa_config_create_server(apr_pool_t *pool, server_rec *server);
void *msa_config_merge_server(apr_pool_t *pool, void *base, void *add);
void *msa_config_create_directory(apr_pool_t *pool, char *path);
void *msa_config_merge_directory(apr_pool_t *pool, void *base, void *add);
/** The configuration of a virtual host. */
const msa_server_t *msa_config_server(const server_rec *server);
/** True when this or a later virtual host has SecurityEngine On; if none has, nothing is
 * started. */
bool msa_config_is_any_engine_on(const server_rec *first);
/** True when the virtual hosts have more than one database. */
bool msa_config_has_databases(const server_rec *first);
/** The settings of the directory that a request is for. */
const msa_directory_settings_t *msa_config_directory(const request_rec *r);
/** Overwrites, in this process alone, secrets that only the service needs: database parameters,
 * keys and the salt of passwords, also in the configuration tree. Scripts run in this process. */
void msa_config_forget_secrets(const server_rec *server);
/** In check_config: completes and checks every virtual host. OK; or HTTP_INTERNAL_SERVER_ERROR,
 * which stops the start, with the first error logged. */
int msa_config_check(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *server);

#endif
