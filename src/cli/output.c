/* SPDX-License-Identifier: Apache-2.0 */
/* How the tool speaks: lines, JSON, and a sentence and an exit status for each outcome. Text from
 * the database cannot move the cursor. */

#include "cli.h"

#include "../base/text.h"
#include "../base/text_time.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>
#include <utf8proc.h>

/* A name from the database must neither move the cursor of the reader's terminal nor pass for
 * another name: characters that cannot be seen are spelled out. */
int msa_cli_refuse(msa_cli_t *cli, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "security-auth: %s\n",
            msa_text_visible(cli->pool, apr_pvsprintf(cli->pool, format, arguments)));
    va_end(arguments);
    return EXIT_REFUSED;
}

void msa_cli_print(msa_cli_t *cli, const char *format, ...)
{
    apr_pool_t *pool;
    va_list arguments;
    apr_pool_create(&pool, cli->pool);
    va_start(arguments, format);
    puts(msa_text_visible(pool, apr_pvsprintf(pool, format, arguments)));
    va_end(arguments);
    apr_pool_destroy(pool);
}

/** What an outcome means to an administrator; those not listed are called by their name. */
/* clang-format off */
static const struct {
    msa_outcome_t outcome;
    const char *text;
} TEXTS[] = {
    {MSA_USER_DOES_NOT_EXIST,
        "there is no such user"},
    {MSA_NOT_FOUND,
        "there is no such thing"},
    {MSA_EMAIL_ALREADY_ASSOCIATED,
        "it already exists"},
    {MSA_USERNAME_ALREADY_ASSOCIATED,
        "the username is taken"},
    {MSA_INVALID_EMAIL_ADDRESS,
        "this is not a valid email address"},
    {MSA_EMAIL_NOT_PROVIDED,
        "an email address is required"},
    {MSA_PASSWORD_NOT_PROVIDED,
        "a password is required"},
    {MSA_PASSWORD_INVALID_LENGTH,
        "the password is too short or too long"},
    {MSA_PASSWORD_TOO_SIMPLE,
        "the password is too easy to guess"},
    {MSA_USERNAME_INVALID_LENGTH,
        "a username must have 4 to 32 characters"},
    {MSA_USERNAME_DISALLOWED_CHARACTERS,
        "a username must be letters and digits of one script"},
    {MSA_TOKEN_SCOPE_EXCEEDED,
        "the user does not have all of these roles and permissions"},
    {MSA_TOO_MANY_TOKENS,
        "the user already has too many tokens"},
    {MSA_ALREADY_CONFIRMED,
        "the address is already confirmed"},
    {MSA_API_ERROR,
        "a name must be 1 to 80 bytes without commas and control characters, "
        "a description up to 255"},
    {MSA_BROKEN,
        "the database cannot be used now; schema check may say why"},
};
/* clang-format on */

int msa_cli_finish(msa_cli_t *cli, msa_outcome_t outcome, const char *subject)
{
    const char *text = msa_outcome_row(outcome)->name;
    if (outcome == MSA_OK)
        return EXIT_DONE;
    for (size_t i = 0; i < sizeof(TEXTS) / sizeof(TEXTS[0]); i++) {
        if (TEXTS[i].outcome == outcome)
            text = TEXTS[i].text;
    }
    msa_cli_refuse(cli, "%s: %s", subject, text);
    return outcome == MSA_BROKEN ? EXIT_AWAY : EXIT_REFUSED;
}

/* The same for JSON, where they can only occur in a text. */
static void print_text(const char *text)
{
    for (apr_size_t rest = strlen(text); rest > 0;) {
        utf8proc_int32_t c;
        utf8proc_ssize_t used =
            utf8proc_iterate((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)rest, &c);
        apr_size_t step = used > 0 ? (apr_size_t)used : 1;
        if (used <= 0 || c == '\n' || msa_text_is_seen(c))
            fwrite(text, 1, step, stdout);
        else if (c > 0xffff)
            printf("\\u%04x\\u%04x", (unsigned)(0xd7c0 + (c >> 10)),
                   (unsigned)(0xdc00 | (c & 0x3ff)));
        else
            printf("\\u%04x", (unsigned)c);
        text += step;
        rest -= step;
    }
}

void msa_cli_print_json(json_t *value)
{
    char *text = json_dumps(value, JSON_INDENT(2) | JSON_SORT_KEYS);
    if (text) {
        print_text(text);
        putchar('\n');
    }
    free(text);
    json_decref(value);
}

void msa_cli_print_item(json_t *item, bool *has_begun)
{
    char *text = item ? json_dumps(item, JSON_SORT_KEYS) : NULL;
    if (!*has_begun)
        fputs("[", stdout);
    if (text) {
        printf("%s\n", *has_begun ? "," : "");
        print_text(text);
    }
    if (!item)
        puts("\n]");
    *has_begun = true;
    free(text);
    json_decref(item);
}

const char *msa_cli_time(msa_cli_t *cli, apr_time_t time)
{
    const char *text = msa_text_datetime(cli->pool, time);
    return text ? text : "-";
}

json_t *msa_cli_json_text(const char *text)
{
    return text ? json_string(text) : json_null();
}

json_t *msa_cli_json_time(msa_cli_t *cli, apr_time_t time)
{
    return msa_cli_json_text(msa_text_datetime(cli->pool, time));
}
