/* SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <apr_file_io.h>
#include <apr_strings.h>
#include <apr_thread_proc.h>

#define DEFINE     "DUMP_SECURITY"
#define MARK       "SECURITY-AUTH-CONFIGURATION "
#define PART_BYTES 65536

/** The directives that matter to the tool, as httpd's dump names them. */
static const struct {
    const char *name;
    enum { TEXT, FLAG, NUMBER, SECONDS, WORDS } kind;
    size_t field;
} SETTINGS[] = {
    {"SecurityUserTable",                 TEXT,    offsetof(msa_settings_t, user_table)                 },
    {"SecurityRoleTable",                 TEXT,    offsetof(msa_settings_t, role_table)                 },
    {"SecurityRolesUsersTable",           TEXT,    offsetof(msa_settings_t, roles_users_table)          },
    {"SecurityTablePrefix",               TEXT,    offsetof(msa_settings_t, table_prefix)               },
    {"SecurityPasswordHash",              TEXT,    offsetof(msa_settings_t, password_hash)              },
    {"SecurityPasswordHashOptions",       TEXT,    offsetof(msa_settings_t, password_hash_options)      },
    {"SecurityPasswordSchemes",           WORDS,   offsetof(msa_settings_t, password_schemes)           },
    {"SecurityDeprecatedPasswordSchemes", WORDS,
     offsetof(msa_settings_t,                                               deprecated_password_schemes)},
    {"SecurityPasswordSingleHash",        WORDS,   offsetof(msa_settings_t, password_single_hash)       },
    {"SecurityPasswordSingleHash",        FLAG,    offsetof(msa_settings_t, password_single_hash_all)   },
    {"SecurityPasswordSalt",              TEXT,    offsetof(msa_settings_t, password_salt)              },
    {"SecurityPasswordLengthMin",         NUMBER,  offsetof(msa_settings_t, password_length_min)        },
    {"SecurityPasswordLengthMax",         NUMBER,  offsetof(msa_settings_t, password_length_max)        },
    {"SecurityPasswordBlocklist",         TEXT,    offsetof(msa_settings_t, password_blocklist)         },
    {"SecuritySessionIdle",               SECONDS, offsetof(msa_settings_t, session_idle)               },
    {"SecuritySendmail",                  WORDS,   offsetof(msa_settings_t, sendmail)                   },
    {"SecurityMailTimeout",               SECONDS, offsetof(msa_settings_t, mail_timeout)               },
    {"SecurityMailRetry",                 NUMBER,  offsetof(msa_settings_t, mail_retry)                 },
    {"SecurityMailConcurrency",           NUMBER,  offsetof(msa_settings_t, mail_concurrency)           },
    {"SecurityTokens",                    FLAG,    offsetof(msa_settings_t, is_tokens_enabled)          },
    {"SecurityTokensMaxAge",              SECONDS, offsetof(msa_settings_t, personal_token_max_age)     },
    {"SecurityPublicUrl",                 TEXT,    offsetof(msa_settings_t, public_url)                 },
    {"SecurityAudit",                     FLAG,    offsetof(msa_settings_t, is_audit)                   },
};

static apr_array_header_t *read_words(apr_pool_t *pool, const json_t *list)
{
    apr_array_header_t *words = apr_array_make(pool, 4, sizeof(const char *));
    for (size_t i = 0; i < json_array_size(list); i++)
        APR_ARRAY_PUSH(words, const char *) =
            apr_pstrdup(pool, json_string_value(json_array_get(list, i)));
    return words;
}

static void read_settings(apr_pool_t *pool, const json_t *dump, msa_settings_t *settings)
{
    for (size_t i = 0; i < sizeof(SETTINGS) / sizeof(SETTINGS[0]); i++) {
        const json_t *value = json_object_get(dump, SETTINGS[i].name);
        char *field = (char *)settings + SETTINGS[i].field;
        if (!value)
            continue;
        if (SETTINGS[i].kind == TEXT)
            *(const char **)field = apr_pstrdup(pool, json_string_value(value));
        else if (SETTINGS[i].kind == FLAG)
            *(bool *)field = json_is_true(value);
        else if (SETTINGS[i].kind == NUMBER)
            *(int *)field = (int)json_integer_value(value);
        else if (SETTINGS[i].kind == SECONDS)
            *(apr_interval_time_t *)field = apr_time_from_sec(json_integer_value(value));
        else
            *(const apr_array_header_t **)field = read_words(pool, value);
    }
}

/* To the end: a server of many hosts has much to say, and waits until it is heard. */
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
 * the environment that it is read in. What it complains of comes through the same pipe. */
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

static bool is_wanted(const msa_cli_t *cli, const json_t *server)
{
    const char *name = json_string_value(json_object_get(server, "server_name"));
    if (cli->options.server)
        return name && strcmp(name, cli->options.server) == 0;
    return json_is_true(json_object_get(server, "engine"));
}

static const json_t *choose(const msa_cli_t *cli, const json_t *servers)
{
    for (size_t i = 0; i < json_array_size(servers); i++) {
        const json_t *server = json_array_get(servers, i);
        if (is_wanted(cli, server))
            return server;
    }
    return NULL;
}

static int read_dump(msa_cli_t *cli, const char *text)
{
    json_error_t error;
    json_t *servers = json_loads(text, JSON_DISABLE_EOF_CHECK, &error);
    const json_t *server = choose(cli, servers);
    int status = EXIT_DONE;
    if (!server && cli->options.server)
        status = msa_cli_refuse(cli, "no virtual host is called %s", cli->options.server);
    else if (!server)
        status = msa_cli_refuse(cli, "no virtual host has SecurityEngine On");
    if (server) {
        cli->options.driver =
            apr_pstrdup(cli->pool, json_string_value(json_object_get(server, "driver")));
        cli->options.params =
            apr_pstrdup(cli->pool, json_string_value(json_object_get(server, "params")));
        read_settings(cli->pool, json_object_get(server, "settings"), &cli->settings);
        cli->has_configuration = true;
    }
    json_decref(servers);
    if (status == EXIT_DONE && !cli->options.driver)
        status = msa_cli_refuse(cli, "this virtual host has no DBDriver");
    return status;
}

int msa_configuration_find(msa_cli_t *cli)
{
    char *output, *dump;
    if (cli->options.driver && cli->options.params)
        return EXIT_DONE;
    if (cli->options.driver || cli->options.params) {
        msa_cli_refuse(cli, "--driver and --params go together");
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
