/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_CLI_CLI_H
#define MSA_CLI_CLI_H

/* What the files of the tool share. */

#include <jansson.h>
#include "../identity/context.h"

/** Exit statuses; 75 is EX_TEMPFAIL of sysexits.h. */
enum { EXIT_DONE = 0, EXIT_REFUSED = 1, EXIT_USAGE = 2, EXIT_AWAY = 75 };

#define MSA_CLI_WORDS_MAX 64

/** The command line: options may stand anywhere; the other words make the sentence. */
typedef struct msa_options_t {
    const char *server, *configuration, *driver, *params;
    const char *username, *description, *permissions, *role, *email_domain, *expires;
    apr_array_header_t *roles; /* of const char *: every --role */
    bool is_json, is_inactive, is_confirmed, with_triggers, with_sent;
    bool password_stdin, no_password;
    const char *words[MSA_CLI_WORDS_MAX];
    int count;
} msa_options_t;

/** One run of the tool. */
typedef struct msa_cli_t {
    apr_pool_t *pool;
    msa_options_t options;
    msa_settings_t settings;
    bool has_configuration; /* the settings are httpd's */
    msa_context_t *ctx;
    const char **args; /* the words after the sentence's own */
    int count;
} msa_cli_t;

/* main.c */
/** Runs the whole tool; returns its exit status. */
int msa_cli_main(int argc, const char *const *argv);

/* options.c */
/** Reads argv into `options`, which point into it; EXIT_DONE, or EXIT_USAGE after a sentence on
 * standard error. */
int msa_options_read(apr_pool_t *pool, int argc, const char *const *argv, msa_options_t *options);

/* configuration.c */
/** Finds driver, params and settings: from the options or from httpd's own configuration.
 * EXIT_DONE; EXIT_USAGE or EXIT_REFUSED after a sentence. */
int msa_configuration_find(msa_cli_t *cli);

/* world.c */
/**
 * Opens the database and makes cli->ctx. EXIT_DONE; after a sentence EXIT_AWAY when the database
 * cannot be reached, EXIT_REFUSED when the settings for passwords are bad. A missing SQLite file is
 * made only if it `may_be_made`.
 */
int msa_cli_open(msa_cli_t *cli, bool may_be_made);

/* output.c */
/** Prints one sentence on standard error, as msa_cli_print. Returns EXIT_REFUSED. */
int msa_cli_refuse(msa_cli_t *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** The exit status of an outcome, after a sentence about `subject` unless it is MSA_OK: EXIT_DONE,
 * EXIT_AWAY for MSA_BROKEN, EXIT_REFUSED for the others. */
int msa_cli_finish(msa_cli_t *cli, msa_outcome_t outcome, const char *subject);
/** Prints one line on standard output; characters that cannot be seen are spelled out. */
void msa_cli_print(msa_cli_t *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** Prints JSON and releases it. */
void msa_cli_print_json(json_t *value);
/** Prints one item of a JSON list that is too long to keep in memory, and releases it; NULL ends
 * the list. `*has_begun` is false before the first. */
void msa_cli_print_item(json_t *item, bool *has_begun);
/** A time for people, from cli->pool; "-" for 0. */
const char *msa_cli_time(msa_cli_t *cli, apr_time_t time);
/** A time for programs: a JSON text, or null for 0. */
json_t *msa_cli_json_time(msa_cli_t *cli, apr_time_t time);
json_t *msa_cli_json_text(const char *text);

/* password.c */
/**
 * Reads the new password from standard input (--password-stdin) or, twice, from the terminal:
 * UTF-8, at most two bytes more than MSA_PASSWORD_BYTES_MAX, so that a longer one is refused later
 * and never cut. From cli->pool; NULL after a sentence.
 */
const char *msa_cli_password(msa_cli_t *cli);

/* the sentences; each returns an exit status */
int schema_create(msa_cli_t *cli);
int schema_upgrade(msa_cli_t *cli);
int schema_check(msa_cli_t *cli);
int users_create(msa_cli_t *cli);
int users_list(msa_cli_t *cli);
int users_show(msa_cli_t *cli);
int users_activate(msa_cli_t *cli);
int users_deactivate(msa_cli_t *cli);
int users_confirm(msa_cli_t *cli);
int users_unlock(msa_cli_t *cli);
int users_delete(msa_cli_t *cli);
int users_password(msa_cli_t *cli);
int users_reset_access(msa_cli_t *cli);
int users_import(msa_cli_t *cli);
int roles_create(msa_cli_t *cli);
int roles_list(msa_cli_t *cli);
int roles_delete(msa_cli_t *cli);
int roles_add(msa_cli_t *cli);
int roles_remove(msa_cli_t *cli);
int roles_grant(msa_cli_t *cli);
int roles_revoke(msa_cli_t *cli);
int sessions_list(msa_cli_t *cli);
int sessions_end(msa_cli_t *cli);
int tokens_create(msa_cli_t *cli);
int tokens_list(msa_cli_t *cli);
int tokens_revoke(msa_cli_t *cli);
int mail_list(msa_cli_t *cli);
int mail_retry(msa_cli_t *cli);
int mail_send(msa_cli_t *cli);

#endif
