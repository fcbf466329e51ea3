/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual hosts as httpd handed them over: settings, templates, texts, password policy and
 * database of each. */

#include "host.h"

#include <string.h>

#include <apr_strings.h>
#include <jansson.h>

#include "../base/json.h"
#include "../base/settings_json.h"
#include "../base/text.h"
#include "../wire/handover.h"

static msa_host_t *host_at(int i)
{
    return APR_ARRAY_IDX(msa_service.hosts, i, msa_host_t *);
}

msa_host_t *msa_host_find(int number)
{
    msa_host_t *host = number >= 0 && number < msa_service.hosts->nelts ? host_at(number) : NULL;
    return host && host->messages ? host : NULL;
}

static const char *host_text(const json_t *object, const char *name)
{
    return msa_json_text_read(msa_service.pool, json_object_get(object, name));
}

/* ---- what several hosts share ---- */

/* Every service of this httpd must derive the same number for the same store. */
static apr_uint64_t store_number(const msa_host_t *host)
{
    const char *texts[] = {"store", msa_database_place(host->database), host->settings.table_prefix,
                           host->settings.user_table, NULL};
    unsigned char digest[MSA_DIGEST_SIZE];
    apr_uint64_t number;
    msa_digest_texts(NULL, texts, digest);
    memcpy(&number, digest, sizeof(number));
    return number | 1;
}

static void find_database(msa_host_t *host)
{
    apr_array_header_t *all = msa_service.databases;
    int i = 0;
    if (!host->driver || !host->params)
        return;
    while (i < all->nelts &&
           !msa_database_is(APR_ARRAY_IDX(all, i, msa_database_t *), host->driver, host->params))
        i++;
    if (i == all->nelts)
        APR_ARRAY_PUSH(all, msa_database_t *) =
            msa_database_make(msa_service.pool, host->driver, host->params, &msa_service.rules);
    host->database = APR_ARRAY_IDX(all, i, msa_database_t *);
    host->database_number = i;
    host->store = store_number(host);
}

/* Templates cost the most, so virtual hosts with the same directories share them. */
static bool share_pages(msa_host_t *host)
{
    for (int i = 0; i < msa_service.hosts->nelts; i++) {
        const msa_host_t *other = host_at(i);
        if (!other->templates || !msa_settings_same_pages(&host->settings, &other->settings) ||
            !msa_text_same(host->data_directory, other->data_directory))
            continue;
        host->templates = other->templates;
        host->messages = other->messages;
        return true;
    }
    return false;
}

static const char *load_host(msa_host_t *host)
{
    const msa_settings_t *settings = &host->settings;
    const char *error = "out of memory";
    if (msa_password_policy_make(msa_service.pool, settings, &host->passwords, &error) !=
        APR_SUCCESS)
        return error;
    if (share_pages(host))
        return NULL;
    if (msa_templates_load(msa_service.pool, settings->templates, host->data_directory,
                           &host->templates, &error) != APR_SUCCESS ||
        msa_messages_load(msa_service.pool, settings->templates, host->data_directory,
                          settings->language, &host->messages, &error) != APR_SUCCESS)
        return error;
    return NULL;
}

static void derive(msa_host_t *host)
{
    for (int is_secure = 0; is_secure < 2; is_secure++) {
        for (int i = 0; i < MSA_COOKIE_COUNT; i++)
            host->cookies[i][is_secure] =
                msa_cookie_name(msa_service.pool, &host->settings, (msa_cookie_t)i, is_secure);
        msa_site_fingerprint(msa_service.pool, &host->settings, host->driver, host->params,
                             is_secure, host->site[is_secure]);
    }
}

static const char *read_host(const json_t *json)
{
    msa_host_t *host = apr_pcalloc(msa_service.pool, sizeof(*host));
    const char *error = NULL;
    host->name = host_text(json, "name");
    host->log = MSA_HANDOVER_LOGS + (int)json_integer_value(json_object_get(json, "log"));
    host->log_level = (int)json_integer_value(json_object_get(json, "log_level"));
    host->driver = host_text(json, "driver");
    host->params = host_text(json, "params");
    host->data_directory = host_text(json, "data_directory");
    host->settings = msa_settings_default;
    if (msa_settings_read(msa_service.pool, json_object_get(json, "settings"), &host->settings,
                          &error) != APR_SUCCESS)
        return error;
    find_database(host);
    derive(host);
    error = load_host(host);
    APR_ARRAY_PUSH(msa_service.hosts, msa_host_t *) = host;
    /* Without an engine nobody has checked the settings, but users can be looked up there too. */
    return host->settings.is_engine_on ? error : NULL;
}

/* ---- what is handed over ---- */

static const char *read_service(const json_t *json)
{
    const char *version = json_string_value(json_object_get(json, "version"));
    const char *key = json_string_value(json_object_get(json, "key"));
    msa_service.secret = host_text(json, "secret");
    msa_service.hash_slots = (int)json_integer_value(json_object_get(json, "hash_slots"));
    msa_service.quick_deaths = (int)json_integer_value(json_object_get(json, "quick_deaths"));
    msa_service.timeout = json_integer_value(json_object_get(json, "timeout"));
    if (!version || strcmp(version, MSA_VERSION) != 0)
        return "httpd runs another version of the module: restart httpd";
    if (!msa_service.secret || !key || !msa_digest_from_hex(key, msa_service.key))
        return "no secret or key was handed over";
    return NULL;
}

static const char *read_all(const json_t *json)
{
    const json_t *hosts = json_object_get(json, "hosts");
    const char *error = read_service(json);
    msa_service.hosts = apr_array_make(msa_service.pool, 8, sizeof(msa_host_t *));
    msa_service.databases = apr_array_make(msa_service.pool, 4, sizeof(msa_database_t *));
    for (size_t i = 0; !error && i < json_array_size(hosts); i++)
        error = read_host(json_array_get(hosts, i));
    return error;
}

const char *msa_host_read(const char *text)
{
    json_error_t fault;
    json_t *json = json_loads(text, 0, &fault);
    const char *error =
        json ? read_all(json) : "the configuration handed over by httpd cannot be read";
    json_decref(json);
    return error;
}

/* ---- which hosts are watched ---- */

apr_array_header_t *msa_host_stores(apr_pool_t *pool)
{
    apr_array_header_t *stores = apr_array_make(pool, 4, sizeof(msa_host_t *));
    for (int i = 0; i < msa_service.hosts->nelts; i++) {
        msa_host_t *host = host_at(i);
        bool is_new = host->database && host->settings.is_engine_on;
        for (int j = 0; is_new && j < stores->nelts; j++) {
            const msa_host_t *other = APR_ARRAY_IDX(stores, j, msa_host_t *);
            is_new = host->database != other->database || host->store != other->store;
        }
        if (is_new)
            APR_ARRAY_PUSH(stores, msa_host_t *) = host;
    }
    return stores;
}
