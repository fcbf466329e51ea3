/* SPDX-License-Identifier: Apache-2.0 */
/* Creates, merges and completes the configuration of hosts and directories. Derives here what one
 * directive leaves open and another decides. */

#include "config.h"

#include "../../base/digest.h"
#include "../../base/settings_mail.h"
#include "../../base/text.h"

#include <apr_strings.h>

#include "check.h"
#include "directives.h"

#define SERVICE_TIMEOUT apr_time_from_sec(5)
#define CACHE_SIZE      200000 /* enough for nearly all of 100,000 sessions to find a place */

/* ---- create and merge: one loop for every directive ---- */

void *msa_config_create_server(apr_pool_t *pool, server_rec *server)
{
    msa_server_t *config = apr_pcalloc(pool, sizeof(*config));
    (void)server;
    config->settings = msa_settings_default;
    config->data_directory = MSA_TEMPLATES_DIR;
    config->service_program = MSA_TOOL;
    config->service_timeout = SERVICE_TIMEOUT;
    config->cache_size = CACHE_SIZE;
    return config;
}

void *msa_config_create_directory(apr_pool_t *pool, char *path)
{
    msa_directory_t *config = apr_pcalloc(pool, sizeof(*config));
    (void)path;
    config->settings = msa_directory_settings_default;
    return config;
}

/* httpd merges directories at every request, so directives that were not given are skipped. */
static void merge(void *made, unsigned char *made_given, const void *add,
                  const unsigned char *add_given)
{
    const unsigned char *end = add_given + MSA_DIRECTIVES_MAX;
    const unsigned char *at = add_given;
    while (at < end && (at = memchr(at, 1, (size_t)(end - at)))) {
        size_t offset, size;
        bool is_directory;
        if (!msa_directive_field((int)(at - add_given), &is_directory, &offset, &size))
            break;
        memcpy((char *)made + offset, (const char *)add + offset, size);
        made_given[at - add_given] = 1;
        at++;
    }
}

void *msa_config_merge_server(apr_pool_t *pool, void *base, void *add)
{
    msa_server_t *made = apr_pmemdup(pool, base, sizeof(*made));
    const msa_server_t *more = add;
    const apr_array_header_t *subjects = made->settings.email_subjects;
    merge(made, made->given, more, more->given);
    /* Several directives share this list: subjects that this section does not set remain. */
    if (subjects && more->settings.email_subjects)
        made->settings.email_subjects =
            apr_array_append(pool, subjects, more->settings.email_subjects);
    return made;
}

void *msa_config_merge_directory(apr_pool_t *pool, void *base, void *add)
{
    msa_directory_t *made = apr_pmemdup(pool, base, sizeof(*made));
    const msa_directory_t *more = add;
    merge(made, made->given, more, more->given);
    return made;
}

const msa_server_t *msa_config_server(const server_rec *server)
{
    return ap_get_module_config(server->module_config, &security_auth_module);
}

bool msa_config_is_any_engine_on(const server_rec *first)
{
    while (first && !msa_config_server(first)->settings.is_engine_on)
        first = first->next;
    return first != NULL;
}

bool msa_config_has_databases(const server_rec *first)
{
    const msa_server_t *seen = NULL;
    for (; first; first = first->next) {
        const msa_server_t *config = msa_config_server(first);
        if (!config->dbd_params)
            continue;
        if (seen && seen->database != config->database)
            return true;
        seen = config;
    }
    return false;
}

const msa_directory_settings_t *msa_config_directory(const request_rec *r)
{
    const msa_directory_t *config = ap_get_module_config(r->per_dir_config, &security_auth_module);
    return &config->settings;
}

/* ---- directives of other modules ---- */

/* They are read from the configuration tree, since the modules' own configurations are private. */
static const ap_directive_t *section_of(const server_rec *server)
{
    const ap_directive_t *one = server->is_virtual && server->defn_name ? ap_conftree : NULL;
    for (; one; one = one->next) {
        if (strcasecmp(one->directive, "<VirtualHost") == 0 && one->filename &&
            strcmp(one->filename, server->defn_name) == 0 &&
            one->line_num == (int)server->defn_line_number)
            return one->first_child;
    }
    return NULL;
}

/* As in httpd, the last one counts. */
static const ap_directive_t *last_of(const ap_directive_t *one, const char *name)
{
    const ap_directive_t *last = NULL;
    for (; one; one = one->next) {
        if (strcasecmp(one->directive, name) == 0)
            last = one;
    }
    return last;
}

/* The directive of this name that applies to this virtual host; NULL = it was not given. */
static const ap_directive_t *directive_of(const server_rec *server, const char *name)
{
    const ap_directive_t *own = last_of(section_of(server), name);
    return own ? own : last_of(ap_conftree, name);
}

static const char *word_of(apr_pool_t *pool, const server_rec *server, const char *name)
{
    const ap_directive_t *directive = directive_of(server, name);
    const char *args = directive ? directive->args : NULL;
    return args ? ap_getword_conf(pool, &args) : NULL;
}

/* ---- completion ---- */

static const char *default_public_url(apr_pool_t *pool, const server_rec *server)
{
    apr_port_t port = server->port;
    const char *scheme = server->server_scheme;
    const char *engine = word_of(pool, server, "SSLEngine");
    if (!port && server->addrs)
        port = server->addrs->host_port;
    if (!scheme)
        scheme = port == 443 || (engine && strcasecmp(engine, "on") == 0) ? "https" : "http";
    if (!port || port == (strcmp(scheme, "https") == 0 ? 443 : 80))
        return apr_pstrcat(pool, scheme, "://", server->server_hostname, NULL);
    return apr_psprintf(pool, "%s://%s:%u", scheme, server->server_hostname, port);
}

static apr_array_header_t *word_list(apr_pool_t *pool, const char *const *words)
{
    apr_array_header_t *list = apr_array_make(pool, 3, sizeof(const char *));
    for (; *words; words++)
        APR_ARRAY_PUSH(list, const char *) = *words;
    return list;
}

/* SecurityPasswordSingleHash: On, Off or a list of schemes. */
static void complete_single_hash(apr_pool_t *pool, msa_settings_t *settings)
{
    const apr_array_header_t *words = settings->password_single_hash;
    const char *word = words && words->nelts == 1 ? APR_ARRAY_IDX(words, 0, const char *) : "";
    bool is_on = strcasecmp(word, "on") == 0;
    if (!is_on && strcasecmp(word, "off") != 0)
        return;
    settings->password_single_hash_all = is_on;
    settings->password_single_hash = apr_array_make(pool, 1, sizeof(const char *));
}

static void complete(apr_pool_t *pool, const server_rec *server, msa_settings_t *settings)
{
    static const char *const TOKEN_HEADERS[] = {"X-Auth-Token", "Authentication-Token", NULL};
    static const char *const CSRF_HEADERS[] = {"X-CSRFToken", "X-CSRF-Token", "X-XSRF-Token", NULL};
    if (!*settings->public_url)
        settings->public_url = default_public_url(pool, server);
    settings->email_sender = msa_settings_mail_sender(pool, settings);
    if (!settings->token_headers)
        settings->token_headers = word_list(pool, TOKEN_HEADERS);
    if (!settings->csrf_headers)
        settings->csrf_headers = word_list(pool, CSRF_HEADERS);
    settings->sendmail = msa_settings_mail_command(pool, settings);
    complete_single_hash(pool, settings);
}

static void derive(apr_pool_t *pool, msa_server_t *config)
{
    msa_route_map_make(&config->settings, &config->routes);
    config->is_public_tls = strncmp(config->settings.public_url, "https://", 8) == 0;
    for (int is_secure = 0; is_secure < 2; is_secure++) {
        for (int i = 0; i < MSA_COOKIE_COUNT; i++)
            config->cookies[i][is_secure] =
                msa_cookie_name(pool, &config->settings, (msa_cookie_t)i, is_secure);
        msa_site_fingerprint(pool, &config->settings, config->dbd_driver, config->dbd_params,
                             is_secure, config->site[is_secure]);
    }
}

static const char *load(apr_pool_t *pool, msa_server_t *config)
{
    const msa_settings_t *settings = &config->settings;
    const char *error = "out of memory";
    if (!ap_is_directory(pool, config->data_directory))
        return apr_psprintf(pool,
                            "SecurityDataDirectory %s is not a directory: it must hold the "
                            "templates that make install puts there",
                            config->data_directory);
    if (msa_templates_load(pool, settings->templates, config->data_directory, &config->templates,
                           &error) != APR_SUCCESS)
        return error;
    if (msa_messages_load(pool, settings->templates, config->data_directory, settings->language,
                          &config->messages, &error) != APR_SUCCESS)
        return apr_psprintf(pool, "SecurityLanguage %s: %s", settings->language, error);
    return NULL;
}

/* Templates cost the most, so virtual hosts with the same directories share them. */
static bool share(msa_server_t *config, const msa_server_t *other)
{
    if (!other->templates || !msa_settings_same_pages(&config->settings, &other->settings) ||
        !msa_text_same(config->data_directory, other->data_directory))
        return false;
    config->templates = other->templates;
    config->messages = other->messages;
    return true;
}

static const char *finish(apr_pool_t *pool, server_rec *server, msa_server_t *config,
                          const server_rec *first)
{
    const char *error = NULL;
    complete(pool, server, &config->settings);
    derive(pool, config);
    if (!msa_config_is_any_engine_on(first))
        return NULL;
    if (config->settings.is_engine_on && (error = msa_check_fault(pool, config)))
        return error;
    for (; first != server; first = first->next) {
        if (share(config, msa_config_server(first)))
            return NULL;
    }
    return load(pool, config);
}

/* httpd lets a virtual host without directives of ours share the main server's configuration; but
 * what is derived from its name and its database needs one of its own. */
static void separate(apr_pool_t *pool, server_rec *server)
{
    const msa_server_t *main_config = msa_config_server(server);
    for (server_rec *one = server->next; one; one = one->next) {
        if (msa_config_server(one) == main_config)
            ap_set_module_config(one->module_config, &security_auth_module,
                                 apr_pmemdup(pool, main_config, sizeof(*main_config)));
    }
}

/* Says where the directive is that the error begins with, as httpd does for its own errors. */
static void complain(apr_pool_t *pool, const server_rec *server, const char *error)
{
    const char *name = apr_pstrmemdup(pool, error, strcspn(error, " :"));
    const ap_directive_t *directive = directive_of(server, name);
    if (directive)
        ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_CRIT, 0, server,
                     "Error on line %d of %s:", directive->line_num, directive->filename);
    ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_CRIT, 0, server, "%s", error);
}

/* The number of the first virtual host with the same database. */
static int database_of(const server_rec *server, const msa_server_t *config)
{
    const msa_server_t *one = msa_config_server(server);
    while (!msa_text_same(one->dbd_driver, config->dbd_driver) ||
           !msa_text_same(one->dbd_params, config->dbd_params)) {
        server = server->next;
        one = msa_config_server(server);
    }
    return one->number;
}

int msa_config_check(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *server)
{
    int number = 0;
    (void)plog;
    (void)ptemp;
    separate(pconf, server);
    for (server_rec *one = server; one; one = one->next) {
        msa_server_t *config = ap_get_module_config(one->module_config, &security_auth_module);
        const char *error = finish(pconf, one, config, server);
        config->number = number++;
        config->database = database_of(server, config);
        if (error) {
            complain(pconf, one, error);
            return HTTP_INTERNAL_SERVER_ERROR;
        }
        if (config->settings.is_engine_on)
            msa_check_warn(one, config);
    }
    return OK;
}

/* ---- what children must not keep ---- */

static void wipe(const char *text)
{
    if (text)
        msa_digest_wipe((char *)(uintptr_t)text, strlen(text));
}

/* mod_info shows the tree to anyone who is allowed to ask. */
static void wipe_tree(const ap_directive_t *one)
{
    static const char *const SECRET[] = {"DBDParams", "SecurityPasswordSalt",
                                         "SecurityFlaskSecretKey"};
    for (; one; one = one->next) {
        for (size_t i = 0; i < sizeof(SECRET) / sizeof(SECRET[0]); i++) {
            if (strcasecmp(one->directive, SECRET[i]) == 0)
                wipe(one->args);
        }
        wipe_tree(one->first_child);
    }
}

void msa_config_forget_secrets(const server_rec *server)
{
    for (; server; server = server->next) {
        const msa_server_t *config = msa_config_server(server);
        const apr_array_header_t *keys = config->settings.flask_secret_keys;
        wipe(config->dbd_params);
        wipe(config->settings.password_salt);
        for (int i = 0; keys && i < keys->nelts; i++)
            wipe(APR_ARRAY_IDX(keys, i, const char *));
    }
    wipe_tree(ap_conftree);
}
