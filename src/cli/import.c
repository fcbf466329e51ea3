/* SPDX-License-Identifier: Apache-2.0 */
/* `security-auth users import`: reads files like those of htpasswd line by line, and says of each
 * line what became of it. */

#include "cli.h"

#include "../account/admin.h"

#include <stdio.h>
#include <string.h>

#include <apr_strings.h>

#define LINE_BYTES_MAX 1024
#define DES_LENGTH     13

/** What became of the lines. */
typedef struct tally_t {
    int created, record, refused;
} tally_t;

/*
 * What is wrong with a hash, or NULL: one that nobody could sign in with would only look like an
 * account. htpasswd(1) also writes plain passwords, which are refused here.
 */
static const char *fault_of(msa_cli_t *cli, const char *stored)
{
    const msa_password_policy_t *policy = cli->ctx->passwords;
    msa_password_result_t result = msa_password_verify(policy, cli->pool, "", stored, NULL);
    bool is_plain = !strchr("${", stored[0]) && strlen(stored) != DES_LENGTH;
    if (result == MSA_PASSWORD_UNKNOWN_FORMAT || is_plain)
        return "is not a hash of a supported scheme";
    if (result == MSA_PASSWORD_TOO_COSTLY)
        return "needs more work than is allowed";
    if (msa_password_is_salted(policy, stored))
        return "would need SecurityPasswordSalt; name its scheme in SecurityPasswordSingleHash";
    return NULL;
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
    const char *fault;
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
        msa_cli_refuse(cli, "line %d: %s is not an email address; use --email-domain", number,
                       line);
        return;
    }
    if (msa_admin_find_user(cli->ctx, order.email, &user) == MSA_OK) {
        tally->refused--;
        tally->record++;
        return;
    }
    fault = fault_of(cli, order.stored_password);
    if (fault) {
        msa_cli_refuse(cli, "line %d: the password of %s %s", number, line, fault);
        return;
    }
    outcome = msa_admin_create_user(cli->ctx, &order, &user);
    if (outcome == MSA_OK) {
        tally->refused--;
        tally->created++;
    }
    msa_cli_finish(cli, outcome, apr_psprintf(cli->pool, "line %d: %s", number, line));
}

/* False at the end of the file. The rest of a line that is too long is skipped; `*is_whole`
 * tells. */
static bool read_import_line(FILE *file, char *line, bool *is_whole)
{
    int c = 0;
    if (!fgets(line, LINE_BYTES_MAX, file))
        return false;
    *is_whole = strchr(line, '\n') || (c = fgetc(file)) == EOF;
    while (!*is_whole && c != '\n' && c != EOF)
        c = fgetc(file);
    line[strcspn(line, "\r\n")] = '\0';
    return true;
}

int users_import(msa_cli_t *cli)
{
    tally_t tally = {0};
    char line[LINE_BYTES_MAX];
    bool is_whole = true, has_failed;
    FILE *file;
    file = fopen(cli->args[0], "r");
    if (!file)
        return msa_cli_refuse(cli, "%s cannot be read", cli->args[0]);
    for (int number = 1; read_import_line(file, line, &is_whole); number++) {
        if (!is_whole) {
            msa_cli_refuse(cli, "line %d: too long for a name and a hash", number);
            tally.refused++;
        } else if (*line && *line != '#') {
            import_line(cli, line, number, &tally);
        }
    }
    has_failed = ferror(file) != 0;
    fclose(file);
    if (has_failed)
        return msa_cli_refuse(cli, "%s cannot be read", cli->args[0]);
    msa_cli_print(cli, "%d created, %d already known, %d refused", tally.created, tally.record,
                  tally.refused);
    return tally.refused ? EXIT_REFUSED : EXIT_DONE;
}
