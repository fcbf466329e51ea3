/* SPDX-License-Identifier: Apache-2.0 */
/* Prints the settings of all virtual hosts as JSON for the tool (`-D DUMP_SECURITY`), without their
 * keys. */

#include "dump.h"

#include <stdio.h>
#include <stdlib.h>

#include "../../base/json.h"
#include "../../base/settings_json.h"
#include "config.h"

#define DEFINE "DUMP_SECURITY"
#define MARK   "SECURITY-AUTH-CONFIGURATION "

/*
 * `httpd -t -D DUMP_SECURITY` tells the tool which database each virtual host uses and how, since
 * only httpd knows how to read its configuration. Anyone who can run this can read the files.
 */
static json_t *text_or_null(const char *text)
{
    return text ? msa_json_text(text) : json_null();
}

json_t *msa_dump_host(const server_rec *server, bool with_keys)
{
    const msa_server_t *config = msa_config_server(server);
    json_t *host = json_object();
    json_object_set_new(host, "name", text_or_null(server->server_hostname));
    json_object_set_new(host, "port", json_integer(server->port));
    json_object_set_new(host, "engine", json_boolean(config->settings.is_engine_on));
    json_object_set_new(host, "driver", text_or_null(config->dbd_driver));
    json_object_set_new(host, "params", text_or_null(config->dbd_params));
    json_object_set_new(host, "data_directory", text_or_null(config->data_directory));
    json_object_set_new(host, "settings", msa_settings_json(&config->settings, with_keys));
    return host;
}

void msa_dump(apr_pool_t *pconf, server_rec *server)
{
    json_t *hosts;
    char *text;
    (void)pconf;
    if (!ap_exists_config_define(DEFINE))
        return;
    hosts = json_array();
    for (; server; server = server->next)
        json_array_append_new(hosts, msa_dump_host(server, false));
    text = json_dumps(hosts, JSON_COMPACT);
    if (text)
        printf("%s%s\n", MARK, text);
    fflush(stdout); /* the tool reads this and httpd's stderr from one pipe */
    free(text);
    json_decref(hosts);
}
