/* SPDX-License-Identifier: Apache-2.0 */
#include "account.h"

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

/* What everybody knows who knows the address: it, its two halves, the username, the site's name. */
static bool is_guessable(const msa_context_t *ctx, const char *password, const char *email,
                         const char *username)
{
    const char *at = email ? strrchr(email, '@') : NULL;
    const char *site = ctx->settings->public_url ? strstr(ctx->settings->public_url, "://") : NULL;
    const char *local = at ? apr_pstrmemdup(ctx->pool, email, (apr_size_t)(at - email)) : NULL;
    const char *known[] = {email, username, local, at ? at + 1 : NULL, site ? site + 3 : NULL};
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (is_same_key(ctx->pool, password, known[i]))
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
    return (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO) ||
           (category >= UTF8PROC_CATEGORY_ND && category <= UTF8PROC_CATEGORY_NO);
}

/* What is left of an accented letter when it is taken apart. */
static bool is_letter_number_or_mark(utf8proc_int32_t code_point)
{
    utf8proc_category_t category = utf8proc_category(code_point);
    return is_letter_or_number(code_point) ||
           (category >= UTF8PROC_CATEGORY_MN && category <= UTF8PROC_CATEGORY_ME);
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

msa_outcome_t msa_policy_username(const msa_context_t *ctx, const char *username,
                                  const char **normal)
{
    apr_size_t code_points = 0;
    const char *text = msa_text_nfkd(ctx->pool, username, &code_points);
    if (!text || !has_only(username, is_letter_or_number) ||
        !has_only(text, is_letter_number_or_mark))
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
