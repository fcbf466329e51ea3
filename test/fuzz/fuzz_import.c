/* SPDX-License-Identifier: Apache-2.0 */
/* A file of htpasswd(1), which an administrator may have from anywhere. */
#include "fuzz.h"
#include "world.h"

#include "../../src/base/text.h"
#include "../../src/base/text_email.h"
#include "../../src/cli/cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <apr_strings.h>

const char fuzz_name[] = "import";

static struct {
    int refused, counted[3];
} said;

/* ---- what the tool prints ---- */

int msa_cli_refuse(msa_cli_t *cli, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fuzz_require(strncmp(apr_pvsprintf(cli->pool, format, arguments), "line ", 5) == 0);
    va_end(arguments);
    said.refused++;
    return EXIT_REFUSED;
}

int msa_cli_finish(msa_cli_t *cli, msa_outcome_t outcome, const char *subject)
{
    /* No line is so odd that the database fails on it. */
    fuzz_require(outcome != MSA_BROKEN);
    return outcome == MSA_OK ? EXIT_DONE : msa_cli_refuse(cli, "%s", subject);
}

void msa_cli_print(msa_cli_t *cli, const char *format, ...)
{
    va_list arguments;
    (void)cli;
    fuzz_require(strcmp(format, "%d created, %d already known, %d refused") == 0);
    va_start(arguments, format);
    for (int i = 0; i < 3; i++)
        said.counted[i] = va_arg(arguments, int);
    va_end(arguments);
}

/* ---- what must hold ---- */

static void check_users(msa_context_t *ctx, int created)
{
    apr_array_header_t *users = NULL;
    fuzz_require(msa_user_list(ctx->db, ctx->pool, NULL, 0, 10000, &users) == APR_SUCCESS);
    fuzz_require(users->nelts == created);
    for (int i = 0; i < users->nelts; i++) {
        const msa_user_t *user = APR_ARRAY_IDX(users, i, const msa_user_t *);
        const char *normal = NULL;
        fuzz_require(msa_text_email_normalize(ctx->pool, user->email, &normal) == APR_SUCCESS);
        fuzz_require(strcmp(normal, user->email) == 0);
        fuzz_require(user->password && msa_text_is_clean(user->password));
    }
}

void fuzz_text(apr_pool_t *pool, const char *text, size_t length)
{
    fixture_t *fixture = fuzz_world(pool);
    const char *path =
        apr_pstrcat(pool, fuzz_write(pool, "htpasswd", text, length), "/htpasswd", NULL);
    msa_cli_t cli = {.pool = pool, .ctx = fixture->ctx, .args = &path, .count = 1};
    int status;
    memset(&said, 0, sizeof(said));
    cli.options.email_domain = length % 2 ? "example.org" : NULL;
    status = users_import(&cli);
    fuzz_require(status == (said.refused ? EXIT_REFUSED : EXIT_DONE));
    fuzz_require(said.refused == said.counted[2]);
    check_users(fixture->ctx, said.counted[0]);
}
