/* SPDX-License-Identifier: Apache-2.0 */
/* COMMANDS[]: the sentences of the tool. Finds the one that was typed and runs it. */

#include "cli.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <apr_dbd.h>
#include <apr_general.h>
#include <apr_strings.h>

/** A sentence: its own words, then the arguments in capitals; `[X]` may be missing, `X...`
 * repeats. */
typedef struct command_t {
    const char *sentence;
    int (*run)(msa_cli_t *cli);
    const char *help;
} command_t;

/* clang-format off */
static const command_t COMMANDS[] = {
    {"schema create",                   schema_create,
        "create the tables that are missing (--triggers)"},
    {"schema upgrade",                  schema_upgrade,
        "add the columns that older tables lack"},
    {"schema check",                    schema_check,
        "report what is wrong with the tables"},
    {"users create EMAIL",              users_create,
        "create an account"},
    {"users list",                      users_list,
        "list the accounts (--role ROLE)"},
    {"users show USER",                 users_show,
        "show one account"},
    {"users activate USER",             users_activate,
        "let an account sign in"},
    {"users deactivate USER",           users_deactivate,
        "lock an account out at once"},
    {"users confirm USER",              users_confirm,
        "mark the email address as confirmed"},
    {"users unlock USER",               users_unlock,
        "let a throttled account sign in again"},
    {"users delete USER",               users_delete,
        "delete an account"},
    {"users password USER",             users_password,
        "set a new password and end all sessions"},
    {"users reset-access USER",         users_reset_access,
        "end sessions, tokens, links; keep the password"},
    {"users import htpasswd FILE",      users_import,
        "import the accounts of an htpasswd file"},
    {"roles create ROLE",               roles_create,
        "create a role (--description, --permissions A,B)"},
    {"roles list",                      roles_list,
        "list the roles"},
    {"roles delete ROLE",               roles_delete,
        "delete a role"},
    {"roles add USER ROLE...",          roles_add,
        "give roles to a user"},
    {"roles remove USER ROLE...",       roles_remove,
        "remove roles from a user"},
    {"roles grant ROLE PERMISSION...",  roles_grant,
        "add permissions to a role"},
    {"roles revoke ROLE PERMISSION...", roles_revoke,
        "remove permissions from a role"},
    {"sessions list USER",              sessions_list,
        "list the sessions of a user"},
    {"sessions end USER [ID]",          sessions_end,
        "end one session, or all and all sign-in tokens"},
    {"tokens create USER NAME",         tokens_create,
        "create a personal access token (--expires 90d)"},
    {"tokens list USER",                tokens_list,
        "list both kinds of tokens of a user"},
    {"tokens revoke USER ID",           tokens_revoke,
        "revoke a token of either kind"},
    {"mail list",                       mail_list,
        "list the mails not yet sent (--sent: all)"},
    {"mail retry [ID]",                 mail_retry,
        "retry failed and waiting mails now"},
    {"mail send",                       mail_send,
        "send the mails that are due"},
};
/* clang-format on */

#define COMMAND_COUNT (sizeof(COMMANDS) / sizeof(COMMANDS[0]))

static void print_help(FILE *out)
{
    fputs("usage: security-auth [OPTION]... COMMAND\n\n", out);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        fprintf(out, "  %-34s %s\n", COMMANDS[i].sentence, COMMANDS[i].help);
    fputs("\n"
          "  --server NAME, --conf FILE         choose a virtual host, httpd's configuration file\n"
          "  --driver NAME, --params TEXT       use this database instead of httpd's\n"
          "  --json                             print lists as JSON\n"
          "  --password-stdin, --no-password    do not prompt for a password\n"
          "  --username NAME, --role ROLE, --inactive, --confirmed    for users create\n"
          "  --role ROLE, --permissions A,B     what a token may do\n"
          "  --email-domain DOMAIN              for names without @ in an htpasswd file\n"
          "  --help, --version\n",
          out);
}

/* True when the words are this sentence; `*own` = how many of them are its own. */
static bool matches(const command_t *command, const msa_options_t *options, int *own)
{
    const char *rest = command->sentence;
    int at = 0;
    *own = 0;
    while (*rest) {
        apr_size_t length = strcspn(rest, " ");
        bool is_own = rest[0] >= 'a' && rest[0] <= 'z';
        bool may_miss = rest[0] == '[';
        bool repeats = length > 3 && strncmp(rest + length - 3, "...", 3) == 0;
        if (at == options->count)
            return may_miss;
        if (is_own && (strlen(options->words[at]) != length ||
                       strncmp(options->words[at], rest, length) != 0))
            return false;
        *own += is_own;
        at = repeats ? options->count : at + 1;
        rest += length + strspn(rest + length, " ");
    }
    return at == options->count;
}

static const command_t *find(const msa_options_t *options, int *own)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (matches(&COMMANDS[i], options, own))
            return &COMMANDS[i];
    }
    return NULL;
}

static int run(apr_pool_t *pool, int argc, const char *const *argv)
{
    msa_cli_t cli = {.pool = pool, .settings = msa_settings_default};
    const command_t *command;
    int own = 0;
    int status = msa_options_read(pool, argc, argv, &cli.options);
    if (status != EXIT_DONE)
        return status;
    command = find(&cli.options, &own);
    if (!command) {
        print_help(stderr);
        return EXIT_USAGE;
    }
    cli.args = cli.options.words + own;
    cli.count = cli.options.count - own;
    status = msa_configuration_find(&cli);
    if (status == EXIT_DONE)
        status = msa_cli_open(&cli, command->run == schema_create);
    return status == EXIT_DONE ? command->run(&cli) : status;
}

static bool is_asked(int argc, const char *const *argv, const char *option)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], option) == 0)
            return true;
    }
    return false;
}

int msa_cli_main(int argc, const char *const *argv)
{
    apr_pool_t *pool;
    int status;
    if (is_asked(argc, argv, "--help")) {
        print_help(stdout);
        return EXIT_DONE;
    }
    if (is_asked(argc, argv, "--version")) {
        printf("security-auth %s\n", MSA_VERSION);
        return EXIT_DONE;
    }
    /* A mailer that closes its input early must not end this process. */
    signal(SIGPIPE, SIG_IGN);
    apr_app_initialize(&argc, &argv, NULL);
    apr_pool_create(&pool, NULL);
    apr_dbd_init(pool);
    status = run(pool, argc, argv);
    apr_pool_destroy(pool);
    apr_terminate();
    if (fclose(stdout) != 0 && status == EXIT_DONE) {
        fputs("security-auth: standard output cannot be written\n", stderr);
        status = EXIT_REFUSED;
    }
    return status;
}
