/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the database and the settings that httpd's configuration names, by asking httpd itself to
 * print them. */

#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <apr_file_io.h>
#include <apr_strings.h>
#include <apr_thread_proc.h>

#include "../base/json.h"
#include "../base/settings_json.h"

#define DEFINE     "DUMP_SECURITY"
#define MARK       "SECURITY-AUTH-CONFIGURATION "
#define PART_BYTES 65536

/* Reads to the end: a server of many hosts has much to say, and blocks until it is read. */
static char *read_all(apr_pool_t *pool, apr_file_t *file)
{
    apr_array_header_t *text = apr_array_make(pool, PART_BYTES, sizeof(char));
    apr_size_t length = PART_BYTES;
    char *part = apr_palloc(pool, PART_BYTES);
    while (apr_file_read(file, part, &length) == APR_SUCCESS) {
        for (apr_size_t i = 0; i < length; i++)
            APR_ARRAY_PUSH(text, char) = part[i];
        length = PART_BYTES;
    }
    APR_ARRAY_PUSH(text, char) = '\0';
    return text->elts;
}

/* httpd itself says how its configuration is read; without --conf the distribution's wrapper knows
 * the environment for that. Complaints come through the same pipe. */
static char *run_httpd(msa_cli_t *cli)
{
    const char *httpd = getenv("HTTPD") ? getenv("HTTPD") : MSA_HTTPD;
    const char *with_file[] = {httpd, "-t", "-D", DEFINE, "-f", cli->options.configuration, NULL};
    const char *plain[] = {MSA_APACHECTL, "-t", "-D", DEFINE, NULL};
    const char **argv = cli->options.configuration ? with_file : plain;
    char *output;
    apr_file_t *from, *to;
    apr_procattr_t *attributes;
    apr_proc_t process;
    int code = 0;
    apr_file_pipe_create(&from, &to, cli->pool);
    apr_procattr_create(&attributes, cli->pool);
    apr_procattr_child_out_set(attributes, to, NULL);
    apr_procattr_child_err_set(attributes, to, NULL);
    apr_procattr_cmdtype_set(attributes, APR_PROGRAM_ENV);
    if (apr_proc_create(&process, argv[0], argv, NULL, attributes, cli->pool) != APR_SUCCESS) {
        msa_cli_refuse(cli, "%s cannot be run; name the database with --driver and --params",
                       argv[0]);
        return NULL;
    }
    apr_file_close(to);
    output = read_all(cli->pool, from);
    apr_proc_wait(&process, &code, NULL, APR_WAIT);
    return output;
}

static bool is_wanted(const msa_cli_t *cli, const json_t *host)
{
    const char *name = json_string_value(json_object_get(host, "name"));
    if (cli->options.server)
        return name && strcmp(name, cli->options.server) == 0;
    return json_is_true(json_object_get(host, "engine"));
}

static const json_t *choose(const msa_cli_t *cli, const json_t *hosts)
{
    for (size_t i = 0; i < json_array_size(hosts); i++) {
        const json_t *host = json_array_get(hosts, i);
        if (is_wanted(cli, host))
            return host;
    }
    return NULL;
}

static int read_host(msa_cli_t *cli, const json_t *host)
{
    const char *error = NULL;
    cli->options.driver = msa_json_text_read(cli->pool, json_object_get(host, "driver"));
    cli->options.params = msa_json_text_read(cli->pool, json_object_get(host, "params"));
    if (msa_settings_read(cli->pool, json_object_get(host, "settings"), &cli->settings, &error) !=
        APR_SUCCESS)
        return msa_cli_refuse(cli,
                              "%s: this tool and the module that httpd loads are of different "
                              "versions",
                              error);
    cli->has_configuration = true;
    if (!cli->options.driver)
        return msa_cli_refuse(cli, "this virtual host has no DBDriver");
    return EXIT_DONE;
}

static int read_dump(msa_cli_t *cli, const char *text)
{
    json_error_t error;
    json_t *hosts = json_loads(text, JSON_DISABLE_EOF_CHECK, &error);
    const json_t *host = choose(cli, hosts);
    int status;
    if (host)
        status = read_host(cli, host);
    else if (cli->options.server)
        status = msa_cli_refuse(cli, "no virtual host is named %s", cli->options.server);
    else
        status = msa_cli_refuse(cli, "no virtual host has SecurityEngine On");
    json_decref(hosts);
    return status;
}

int msa_configuration_find(msa_cli_t *cli)
{
    char *output, *dump;
    if (cli->options.driver && cli->options.params)
        return EXIT_DONE;
    if (cli->options.driver || cli->options.params) {
        msa_cli_refuse(cli, "--driver and --params must be used together");
        return EXIT_USAGE;
    }
    output = run_httpd(cli);
    if (!output)
        return EXIT_REFUSED;
    dump = strstr(output, MARK);
    if (!dump) {
        fputs(output, stderr);
        return msa_cli_refuse(cli,
                              "httpd's configuration does not load mod_security_auth, or has an "
                              "error; name the database with --driver and --params");
    }
    return read_dump(cli, dump + strlen(MARK));
}
