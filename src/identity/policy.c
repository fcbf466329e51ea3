/* SPDX-License-Identifier: Apache-2.0 */
/* Who may sign in, and which passwords, usernames and role names people may choose. */

#include "policy.h"

#include "../base/text.h"

#include <string.h>

#include <apr_strings.h>
#include <utf8proc.h>

#define USERNAME_LENGTH_MIN 4
#define USERNAME_LENGTH_MAX 32
#define NAME_BYTES_MAX      80

static bool is_same_key(apr_pool_t *pool, const char *a, const char *b)
{
    const char *key_a = a ? msa_text_identity_key(pool, a) : NULL;
    const char *key_b = b ? msa_text_identity_key(pool, b) : NULL;
    return key_a && key_b && strcmp(key_a, key_b) == 0;
}

/* What anyone who knows the address can guess: the address, its two halves, the username, the
 * site's name. */
static bool is_guessable(const msa_context_t *ctx, const char *password, const char *email,
                         const char *username)
{
    const char *at = email ? strrchr(email, '@') : NULL;
    const char *site = ctx->settings->public_url ? strstr(ctx->settings->public_url, "://") : NULL;
    const char *local = at ? apr_pstrmemdup(ctx->pool, email, (apr_size_t)(at - email)) : NULL;
    const char *record[] = {email, username, local, at ? at + 1 : NULL, site ? site + 3 : NULL};
    for (size_t i = 0; i < sizeof(record) / sizeof(record[0]); i++) {
        if (is_same_key(ctx->pool, password, record[i]))
            return true;
    }
    return msa_password_is_common(ctx->passwords, ctx->pool, password);
}

msa_outcome_t msa_policy_password(const msa_context_t *ctx, const char *password, const char *email,
                                  const char *username)
{
    apr_size_t code_points = 0;
    if (!password || !*password)
        return MSA_PASSWORD_NOT_PROVIDED;
    if (strlen(password) > MSA_PASSWORD_BYTES_MAX ||
        !msa_text_nfkd(ctx->pool, password, &code_points))
        return MSA_PASSWORD_INVALID_LENGTH;
    if (code_points < (apr_size_t)ctx->settings->password_length_min ||
        code_points > (apr_size_t)ctx->settings->password_length_max)
        return MSA_PASSWORD_INVALID_LENGTH;
    if (is_guessable(ctx, password, email, username))
        return MSA_PASSWORD_TOO_SIMPLE;
    return MSA_OK;
}

static bool is_letter_or_number(utf8proc_int32_t code_point)
{
    utf8proc_category_t category = utf8proc_category(code_point);
    if (!msa_text_is_seen(code_point))
        return false;
    return (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO) ||
           (category >= UTF8PROC_CATEGORY_ND && category <= UTF8PROC_CATEGORY_NO);
}

/* NFKD takes an accented letter apart into a letter and marks. */
static bool is_letter_number_or_mark(utf8proc_int32_t code_point)
{
    utf8proc_category_t category = utf8proc_category(code_point);
    return is_letter_or_number(code_point) ||
           (category >= UTF8PROC_CATEGORY_MN && category <= UTF8PROC_CATEGORY_ME &&
            msa_text_is_seen(code_point));
}

static bool has_only(const char *text, bool (*is_allowed)(utf8proc_int32_t code_point))
{
    const utf8proc_uint8_t *rest = (const utf8proc_uint8_t *)text;
    while (*rest) {
        utf8proc_int32_t code_point;
        utf8proc_ssize_t used = utf8proc_iterate(rest, -1, &code_point);
        if (used <= 0 || !is_allowed(code_point))
            return false;
        rest += used;
    }
    return true;
}

/** Scripts whose letters look alike, by blocks of Unicode. */
static const struct {
    utf8proc_int32_t first, last;
    int script;
} ALIKE[] = {
    {0x41,   0x5a,   1}, /* Latin */
    {0x61,   0x7a,   1},
    {0xaa,   0x24f,  1},
    {0x250,  0x2af,  1},
    {0x1d00, 0x1d25, 1},
    {0x1e00, 0x1eff, 1},
    {0x2c60, 0x2c7f, 1},
    {0xa720, 0xa7ff, 1},
    {0xab30, 0xab64, 1},
    {0x370,  0x3e1,  2}, /* Greek */
    {0x3f0,  0x3ff,  2},
    {0x1f00, 0x1fff, 2},
    {0x400,  0x52f,  3}, /* Cyrillic */
    {0x1c80, 0x1c8f, 3},
    {0xa640, 0xa69f, 3},
    {0x530,  0x58f,  4}, /* Armenian */
    {0x13a0, 0x13ff, 5}, /* Cherokee */
    {0xab70, 0xabbf, 5},
    {0x3e2,  0x3ef,  6}, /* Coptic */
    {0x2c80, 0x2cff, 6},
    {0xa4d0, 0xa4ff, 7}, /* Lisu */
};

static int script_of(utf8proc_int32_t code_point)
{
    for (size_t i = 0; i < sizeof(ALIKE) / sizeof(ALIKE[0]); i++) {
        if (code_point >= ALIKE[i].first && code_point <= ALIKE[i].last)
            return ALIKE[i].script;
    }
    return 0;
}

/* Letters of two such scripts in one name are there to be mistaken for others. */
static bool is_of_one_script(const char *text)
{
    const utf8proc_uint8_t *rest = (const utf8proc_uint8_t *)text;
    int found = 0;
    while (*rest) {
        utf8proc_int32_t code_point;
        int script;
        rest += utf8proc_iterate(rest, -1, &code_point);
        script = script_of(code_point);
        if (found && script && script != found)
            return false;
        found = script ? script : found;
    }
    return true;
}

msa_outcome_t msa_policy_username(const msa_context_t *ctx, const char *username,
                                  const char **normal)
{
    apr_size_t code_points = 0;
    const char *text = msa_text_nfkd(ctx->pool, username, &code_points);
    if (!text || !has_only(username, is_letter_or_number) ||
        !has_only(text, is_letter_number_or_mark) || !is_of_one_script(text))
        return MSA_USERNAME_DISALLOWED_CHARACTERS;
    if (code_points < USERNAME_LENGTH_MIN || code_points > USERNAME_LENGTH_MAX)
        return MSA_USERNAME_INVALID_LENGTH;
    *normal = text;
    return MSA_OK;
}

bool msa_policy_is_name(const char *name)
{
    size_t length = strlen(name);
    if (length < 1 || length > NAME_BYTES_MAX || !msa_text_is_clean(name))
        return false;
    return !strchr(name, ',') && name[0] != ' ' && name[length - 1] != ' ';
}

msa_outcome_t msa_policy_signin(const msa_context_t *ctx, const msa_user_t *user)
{
    if (!user->is_active)
        return MSA_DISABLED_ACCOUNT;
    if (ctx->settings->is_confirmable && !ctx->settings->login_without_confirmation &&
        !user->confirmed_at)
        return MSA_CONFIRMATION_REQUIRED;
    return MSA_OK;
}
