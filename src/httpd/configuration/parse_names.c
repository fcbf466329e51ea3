/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds of values of directives that are names, paths, hosts or URLs. */

#include "parse.h"

#include "../../base/text.h"
#include "../../base/text_path.h"
#include "../../mail/message.h"
#include "../../store/outbox.h"

#include <apr_lib.h>
#include <apr_network_io.h>
#include <apr_strings.h>

#define NAME_BYTES_MAX  64
#define TABLE_BYTES_MAX 40
#define PATH_BYTES_MAX  200

/* True for 1 to `most` bytes, each a letter, a digit or one of `others`. */
static bool is_made_of(const char *text, const char *others, apr_size_t most)
{
    apr_size_t i = 0;
    while (text && text[i] && (apr_isalnum(text[i]) || ap_strchr_c(others, text[i])))
        i++;
    return text && i && i <= most && !text[i];
}

/* ---- names ---- */

static const char *parse_cookie(cmd_parms *cmd, const char *args, void *field, const char *word)
{
    const char *text = msa_parse_word(cmd, args);
    (void)word;
    if (!is_made_of(text, "-_.", NAME_BYTES_MAX))
        return "must be a cookie name of at most 64 letters, digits, - _ and .";
    if (strncmp(text, "__", 2) == 0)
        return "must not begin with __; the prefix __Host- is added where there is TLS";
    *(const char **)field = text;
    return NULL;
}

static const char *parse_identifier(cmd_parms *cmd, const char *args, void *field, const char *word)
{
    const char *text = msa_parse_word(cmd, args);
    (void)word;
    if (!is_made_of(text, "_", TABLE_BYTES_MAX) || apr_isdigit(text[0]))
        return "must be a name of at most 40 letters, digits and _ that does not begin with a "
               "digit";
    *(const char **)field = text;
    return NULL;
}

static const char *parse_language(cmd_parms *cmd, const char *args, void *field, const char *word)
{
    const char *text = msa_parse_word(cmd, args);
    (void)word;
    if (!is_made_of(text, "-_", TABLE_BYTES_MAX))
        return "must be the name of a language, such as en or pt-BR";
    *(const char **)field = text;
    return NULL;
}

static const char *parse_parameter(cmd_parms *cmd, const char *args, void *field, const char *word)
{
    const char *text = msa_parse_word(cmd, args);
    (void)word;
    if (!is_made_of(text, "-_.", NAME_BYTES_MAX))
        return "must be a query parameter name of letters, digits, - _ and ., or none";
    *(const char **)field = strcasecmp(text, "none") == 0 ? "" : text;
    return NULL;
}

static const char *parse_headers(cmd_parms *cmd, const char *args, void *field, const char *word)
{
    apr_array_header_t *names = apr_array_make(cmd->pool, 3, sizeof(const char *));
    const char *name;
    (void)word;
    while (*(name = ap_getword_conf(cmd->pool, &args))) {
        if (!is_made_of(name, "-_", NAME_BYTES_MAX))
            return "takes header names made of letters, digits, - and _";
        APR_ARRAY_PUSH(names, const char *) = name;
    }
    if (names->nelts == 0)
        return "takes at least one header name";
    *(const apr_array_header_t **)field = names;
    return NULL;
}

/* ---- paths and URLs ---- */

static const char *parse_path(cmd_parms *cmd, const char *args, void *field, const char *word)
{
    const char *text = msa_parse_word(cmd, args);
    (void)word;
    if (!is_made_of(text, "/-._~", PATH_BYTES_MAX) || text[0] != '/' || !text[1] ||
        text[strlen(text) - 1] == '/' || ap_strstr_c(text, "//") || ap_strstr_c(text, ".."))
        return "must be a path such as /login: it begins with a slash, does not end with one, and "
               "has "
               "letters, digits and - . _ ~ between single slashes";
    *(const char **)field = text;
    return NULL;
}

/* A host with or without a port: `www.example.org`, `localhost:8443`, `[::1]:8443`. */
static bool is_authority(apr_pool_t *pool, const char *text)
{
    char *host, *scope;
    apr_port_t port;
    return apr_parse_addr_port(&host, &scope, &port, text, pool) == APR_SUCCESS && host && !scope &&
           is_made_of(host, *text == '[' ? ":." : "-.", MSA_TEXT_NEXT_MAX);
}

/* What follows `http://` or `https://`; NULL for anything else. */
static const char *behind_scheme(const char *text)
{
    if (text && strncmp(text, "https://", 8) == 0)
        return text + 8;
    return text && strncmp(text, "http://", 7) == 0 ? text + 7 : NULL;
}

static bool is_web_url(apr_pool_t *pool, const char *text)
{
    const char *rest = behind_scheme(text);
    return rest && msa_text_is_clean(text) && !strpbrk(text, " \"<>\\^`{|}") &&
           is_authority(pool, apr_pstrmemdup(pool, rest, strcspn(rest, "/?#")));
}

static const char *parse_view(cmd_parms *cmd, const char *args, void *field, const char *word)
{
    const char *text = msa_parse_word(cmd, args);
    const char *view = text ? msa_text_local_path(cmd->pool, text, NULL) : NULL;
    (void)word;
    /* Only the server's configuration may send visitors to other sites; .htaccess may not. */
    if (!view && !ap_check_cmd_context(cmd, NOT_IN_HTACCESS) && is_web_url(cmd->temp_pool, text))
        view = text;
    if (!view)
        return "must be a path of this site or, outside .htaccess, an http or https URL";
    *(const char **)field = view;
    return NULL;
}

static const char *parse_url(cmd_parms *cmd, const char *args, void *field, const char *word)
{
    const char *text = msa_parse_word(cmd, args);
    const char *rest = behind_scheme(text);
    (void)word;
    if (!rest || !is_authority(cmd->temp_pool, rest))
        return "must be a URL such as https://www.example.org, without a path";
    *(const char **)field = text;
    return NULL;
}

static const char *parse_host(cmd_parms *cmd, const char *args, void *field, const char *word)
{
    const char *text = msa_parse_word(cmd, args);
    (void)word;
    if (!text || !is_authority(cmd->temp_pool, text))
        return "must be a host and its port, such as localhost:8443";
    *(const char **)field = text;
    return NULL;
}

/* ---- mail ---- */

static const char *parse_sender(cmd_parms *cmd, const char *args, void *field, const char *word)
{
    const char *text = msa_parse_word(cmd, args);
    const char *header;
    (void)word;
    if (!text || strlen(text) > MSA_MAIL_SENDER_BYTES ||
        msa_message_sender(cmd->temp_pool, text, &header) != APR_SUCCESS)
        return "must be an email address, or \"A Name <address>\" in quotes";
    *(const char **)field = text;
    return NULL;
}

/* ---- the kinds ---- */

/* clang-format off */
/* how it is read, whether it is barred from .htaccess */
const msa_value_kind_t msa_kind_cookie     = {parse_cookie,     true};
const msa_value_kind_t msa_kind_identifier = {parse_identifier, true};
const msa_value_kind_t msa_kind_language   = {parse_language,   true};
const msa_value_kind_t msa_kind_parameter  = {parse_parameter,  true};
const msa_value_kind_t msa_kind_headers    = {parse_headers,    true};
const msa_value_kind_t msa_kind_path       = {parse_path,       true};
const msa_value_kind_t msa_kind_view       = {parse_view,       false};
const msa_value_kind_t msa_kind_url        = {parse_url,        true};
const msa_value_kind_t msa_kind_host       = {parse_host,       true};
const msa_value_kind_t msa_kind_sender     = {parse_sender,     true};
/* clang-format on */
