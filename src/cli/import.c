/* SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"

#include "../base/text.h"

#include <stdio.h>
#include <string.h>

#include <apr_strings.h>

#define LINE_BYTES_MAX 1024

/** What became of the lines. */
typedef struct tally_t {
    int created, known, refused;
} tally_t;

/* A hash that nobody could sign in with would only look like an account. */
static bool is_hash(msa_cli_t *cli, const char *stored)
{
    return msa_password_verify(cli->ctx->passwords, cli->pool, "", stored, NULL) !=
               MSA_PASSWORD_UNKNOWN_FORMAT &&
           strchr("${", stored[0]) != NULL;
}

static const char *email_of(msa_cli_t *cli, const char *name)
{
    if (strchr(name, '@'))
        return name;
    return cli->options.email_domain
               ? apr_pstrcat(cli->pool, name, "@", cli->options.email_domain, NULL)
               : NULL;
}

static void import_line(msa_cli_t *cli, char *line, int number, tally_t *tally)
{
    char *colon = strchr(line, ':');
    msa_user_order_t order = {.is_active = true, .is_confirmed = cli->options.is_confirmed};
    msa_user_t *user = NULL;
    msa_outcome_t outcome;
    tally->refused++;
    if (!colon) {
        msa_cli_refuse(cli, "line %d: no colon between name and hash", number);
        return;
    }
    *colon = '\0';
    order.email = email_of(cli, line);
    order.username = strchr(line, '@') ? NULL : line;
    order.stored_password = colon + 1;
    if (!order.email) {
        msa_cli_refuse(cli, "line %d: %s is no e-mail address; give --email-domain", number, line);
        return;
    }
    if (!is_hash(cli, order.stored_password)) {
        msa_cli_refuse(cli, "line %d: the password of %s is no hash that is known here", number,
                       line);
        return;
    }
    outcome = msa_admin_create_user(cli->ctx, &order, &user);
    if (outcome == MSA_OK || outcome == MSA_EMAIL_ALREADY_ASSOCIATED)
        tally->refused--;
    if (outcome == MSA_OK)
        tally->created++;
    else if (outcome == MSA_EMAIL_ALREADY_ASSOCIATED)
        tally->known++;
    else
        msa_cli_finish(cli, outcome, apr_psprintf(cli->pool, "line %d: %s", number, line));
}

int users_import(msa_cli_t *cli)
{
    tally_t tally = {0};
    char line[LINE_BYTES_MAX];
    int number = 0;
    FILE *file;
    file = fopen(cli->args[0], "r");
    if (!file)
        return msa_cli_refuse(cli, "%s cannot be read", cli->args[0]);
    while (fgets(line, sizeof(line), file)) {
        number++;
        line[strcspn(line, "\r\n")] = '\0';
        if (*line && *line != '#')
            import_line(cli, line, number, &tally);
    }
    fclose(file);
    msa_cli_print(cli, "%d created, %d known already, %d refused", tally.created, tally.known,
                  tally.refused);
    return tally.refused ? EXIT_REFUSED : EXIT_DONE;
}
