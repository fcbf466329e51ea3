/* SPDX-License-Identifier: Apache-2.0 */
/* Which email addresses are accepted, how they are normalised, and how they are masked for those
 * who must not read them in full. */

#include "text_email.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

#include <idn2.h>
#include <utf8proc.h>

#include <apr_strings.h>

#define LOCAL_MAX 64 /* bytes (RFC 5321 section 4.5.3.1.1) */

/* atext of RFC 5322 section 3.2.3, and UTF8-non-ascii of RFC 6531 section 3.3. */
static bool is_atext(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c >= 0x80 || (c && strchr("!#$%&'*+-/=?^_`{|}~", c));
}

static bool is_dot_atom(const char *local, apr_size_t length)
{
    /* A program could mistake a leading hyphen for an option. */
    if (length == 0 || length > LOCAL_MAX || local[0] == '-' || local[0] == '.' ||
        local[length - 1] == '.')
        return false;
    for (apr_size_t i = 0; i < length; i++) {
        if (local[i] == '.' ? local[i + 1] == '.' : !is_atext((unsigned char)local[i]))
            return false;
    }
    return true;
}

/* Nobody can see or type a space, a direction mark or a private character, and no word begins with
 * an accent. */
static bool is_visible(const char *text)
{
    const utf8proc_uint8_t *rest = (const utf8proc_uint8_t *)text;
    bool is_first = true;
    while (*rest) {
        utf8proc_int32_t c;
        utf8proc_category_t category;
        rest += utf8proc_iterate(rest, -1, &c);
        category = utf8proc_category(c);
        if (!msa_text_is_seen(c) || category == UTF8PROC_CATEGORY_ZS)
            return false;
        if (is_first && category >= UTF8PROC_CATEGORY_MN && category <= UTF8PROC_CATEGORY_ME)
            return false;
        is_first = false;
    }
    return true;
}

static const char *normalize_local(apr_pool_t *pool, const char *local, apr_size_t length)
{
    utf8proc_uint8_t *composed;
    const char *copy;
    if (!is_dot_atom(local, length))
        return NULL;
    local = apr_pstrmemdup(pool, local, length);
    if (!msa_text_is_clean(local) || !is_visible(local))
        return NULL;
    composed = utf8proc_NFC((const utf8proc_uint8_t *)local);
    if (!composed)
        return NULL;
    copy = apr_pstrdup(pool, (const char *)composed);
    free(composed);
    return strlen(copy) <= LOCAL_MAX ? copy : NULL;
}

/* Letters, digits and hyphens in every label of the A-form; no address literals, no empty
 * labels. */
static bool is_host(const char *domain)
{
    bool has_dot = false;
    char before = '.';
    for (; *domain; before = *domain++) {
        bool is_letter = (*domain >= 'a' && *domain <= 'z') || (*domain >= '0' && *domain <= '9');
        if (*domain == '.') {
            if (before == '.' || before == '-')
                return false;
            has_dot = true;
        } else if (*domain == '-' ? before == '.' : !is_letter) {
            return false;
        }
    }
    return has_dot && before != '.' && before != '-';
}

/* A domain that ends in a number would be an IPv4 address (RFC 3696 section 2). */
static bool is_domain_name(const char *top_label)
{
    return top_label[strspn(top_label, "0123456789")] != '\0';
}

static const char *normalize_domain(apr_pool_t *pool, const char *domain)
{
    char *ascii = NULL, *unicode = NULL;
    const char *normal = NULL;
    if (idn2_to_ascii_8z(domain, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK)
        return NULL;
    if (is_host(ascii) && is_domain_name(strrchr(ascii, '.') + 1) &&
        idn2_to_unicode_8z8z(ascii, &unicode, 0) == IDN2_OK)
        normal = apr_pstrdup(pool, unicode);
    idn2_free(unicode);
    idn2_free(ascii);
    return normal;
}

apr_status_t msa_text_email_normalize(apr_pool_t *pool, const char *address, const char **normal)
{
    const char *at = strrchr(address, '@');
    const char *local, *domain, *joined;
    if (!at || strlen(address) > MSA_TEXT_EMAIL_MAX * 2 || !msa_text_is_clean(address))
        return APR_EINVAL;
    local = normalize_local(pool, address, (apr_size_t)(at - address));
    domain = normalize_domain(pool, at + 1);
    if (!local || !domain)
        return APR_EINVAL;
    joined = apr_pstrcat(pool, local, "@", domain, NULL);
    if (strlen(joined) > MSA_TEXT_EMAIL_MAX)
        return APR_EINVAL;
    *normal = joined;
    return APR_SUCCESS;
}

bool msa_text_email_is_public(const char *normal)
{
    static const char *const SPECIAL[] = {"arpa", "invalid", "local", "localhost", "onion", "test"};
    const char *top_label = strrchr(normal, '.') + 1;
    for (size_t i = 0; i < sizeof(SPECIAL) / sizeof(SPECIAL[0]); i++) {
        if (strcmp(top_label, SPECIAL[i]) == 0)
            return false;
    }
    return true;
}

/* The first character, unless it is the only one. */
static const char *mask_part(apr_pool_t *pool, const char *part, const char *end)
{
    utf8proc_int32_t c;
    utf8proc_ssize_t first =
        utf8proc_iterate((const utf8proc_uint8_t *)part, (utf8proc_ssize_t)(end - part), &c);
    if (first <= 0 || part + first >= end)
        first = 0;
    return apr_pstrcat(pool, apr_pstrmemdup(pool, part, (apr_size_t)first), "***", NULL);
}

const char *msa_text_email_mask(apr_pool_t *pool, const char *address)
{
    const char *end = address + strlen(address);
    const char *at = strrchr(address, '@');
    const char *dot = at ? strrchr(at, '.') : NULL;
    const char *local = mask_part(pool, address, at ? at : end);
    if (!at)
        return local;
    return apr_pstrcat(pool, local, "@", mask_part(pool, at + 1, dot ? dot : end), dot ? dot : "",
                       NULL);
}
