/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

#include <stdio.h>
#include <stdlib.h>

#define DEFINE "DUMP_SECURITY"
#define MARK   "SECURITY-AUTH-CONFIGURATION "

/*
 * `httpd -t -D DUMP_SECURITY` tells the tool which database each virtual host uses and how: httpd
 * itself is the one that knows how its configuration is read. Who can run this can read the files.
 */
static json_t *settings_of(const msa_server_t *config)
{
    json_t *settings = json_object();
    bool is_directory;
    size_t offset, size;
    for (int i = 0; msa_directive_field(i, &is_directory, &offset, &size); i++) {
        json_t *value = is_directory ? NULL : msa_directive_json(i, config);
        if (value)
            json_object_set_new(settings, msa_directives[i].name, value);
    }
    if (config->settings.password_single_hash_all)
        json_object_set_new(settings, "SecurityPasswordSingleHash", json_true());
    return settings;
}

static json_t *text_or_null(const char *text)
{
    return text ? json_string(text) : json_null();
}

static json_t *server_of(const server_rec *server)
{
    const msa_server_t *config = msa_config_server(server);
    json_t *one = json_object();
    json_object_set_new(one, "server_name", text_or_null(server->server_hostname));
    json_object_set_new(one, "port", json_integer(server->port));
    json_object_set_new(one, "public_url", text_or_null(config->settings.public_url));
    json_object_set_new(one, "engine", json_boolean(config->settings.is_engine_on));
    json_object_set_new(one, "driver", text_or_null(config->dbd_driver));
    json_object_set_new(one, "params", text_or_null(config->dbd_params));
    json_object_set_new(one, "settings", settings_of(config));
    return one;
}

void msa_dump(apr_pool_t *pconf, server_rec *server)
{
    json_t *servers;
    char *text;
    (void)pconf;
    if (!ap_exists_config_define(DEFINE))
        return;
    servers = json_array();
    for (; server; server = server->next)
        json_array_append_new(servers, server_of(server));
    text = json_dumps(servers, JSON_COMPACT);
    if (text)
        printf("%s%s\n", MARK, text);
    fflush(stdout); /* the tool reads it through one pipe with what httpd says on stderr */
    free(text);
    json_decref(servers);
}
