/* SPDX-License-Identifier: Apache-2.0 */
/* OPTIONS[]: reads `--name value` from anywhere among the words. */

#include "cli.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

/** An option and the field it fills. */
static const struct {
    const char *name;
    enum { FLAG, TEXT } kind;
    size_t field;
} OPTIONS[] = {
    {"--server",         TEXT, offsetof(msa_options_t, server)        },
    {"--conf",           TEXT, offsetof(msa_options_t, configuration) },
    {"--driver",         TEXT, offsetof(msa_options_t, driver)        },
    {"--params",         TEXT, offsetof(msa_options_t, params)        },
    {"--username",       TEXT, offsetof(msa_options_t, username)      },
    {"--description",    TEXT, offsetof(msa_options_t, description)   },
    {"--permissions",    TEXT, offsetof(msa_options_t, permissions)   },
    {"--role",           TEXT, offsetof(msa_options_t, role)          },
    {"--email-domain",   TEXT, offsetof(msa_options_t, email_domain)  },
    {"--expires",        TEXT, offsetof(msa_options_t, expires)       },
    {"--json",           FLAG, offsetof(msa_options_t, is_json)       },
    {"--inactive",       FLAG, offsetof(msa_options_t, is_inactive)   },
    {"--confirmed",      FLAG, offsetof(msa_options_t, is_confirmed)  },
    {"--triggers",       FLAG, offsetof(msa_options_t, with_triggers) },
    {"--sent",           FLAG, offsetof(msa_options_t, with_sent)     },
    {"--password-stdin", FLAG, offsetof(msa_options_t, password_stdin)},
    {"--no-password",    FLAG, offsetof(msa_options_t, no_password)   },
};

#define OPTION_COUNT (sizeof(OPTIONS) / sizeof(OPTIONS[0]))

static int complain(const char *what, const char *option)
{
    fprintf(stderr, "security-auth: %s %s; see --help\n", what, option);
    return EXIT_USAGE;
}

/* Reads `--name value`, `--name=value` or `--flag`; `*at` moves past what was read. */
static int read_option(int argc, const char *const *argv, int *at, msa_options_t *options)
{
    const char *word = argv[*at];
    size_t length = strcspn(word, "=");
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        char *field = (char *)options + OPTIONS[i].field;
        if (strlen(OPTIONS[i].name) != length || strncmp(OPTIONS[i].name, word, length) != 0)
            continue;
        if (OPTIONS[i].kind == FLAG) {
            if (word[length])
                return complain("no value is allowed after", OPTIONS[i].name);
            *(bool *)field = true;
            return EXIT_DONE;
        }
        if (!word[length] && *at + 1 == argc)
            return complain("a value is missing after", OPTIONS[i].name);
        *(const char **)field = word[length] ? word + length + 1 : argv[++*at];
        if (strcmp(OPTIONS[i].name, "--role") == 0)
            APR_ARRAY_PUSH(options->roles, const char *) = *(const char **)field;
        return EXIT_DONE;
    }
    return complain("unknown option", word);
}

int msa_options_read(apr_pool_t *pool, int argc, const char *const *argv, msa_options_t *options)
{
    bool only_words = false;
    options->roles = apr_array_make(pool, 2, sizeof(const char *));
    for (int i = 1; i < argc; i++) {
        int status = EXIT_DONE;
        if (!only_words && strcmp(argv[i], "--") == 0) {
            only_words = true;
        } else if (!only_words && strncmp(argv[i], "--", 2) == 0) {
            status = read_option(argc, argv, &i, options);
        } else if (options->count == MSA_CLI_WORDS_MAX) {
            status = complain("too many arguments:", argv[i]);
        } else {
            options->words[options->count++] = argv[i];
        }
        if (status != EXIT_DONE)
            return status;
    }
    if (options->password_stdin && options->no_password)
        return complain("--password-stdin cannot be used with", "--no-password");
    return EXIT_DONE;
}
