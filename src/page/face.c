/* SPDX-License-Identifier: Apache-2.0 */
/* The two faces of every answer: fills the values that all templates know, sets the headers that
 * all answers carry, and wraps JSON. */

#include "face.h"

#include "../base/digest.h"
#include "../base/text_form.h"
#include "../identity/mail.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "cookie.h"
#include "csrf.h"
#include "next.h"
#include "request.h"

#define HOST_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:"

#define FLASH_LIFETIME apr_time_from_sec(300)

/* form-action comes last, so that further sources can follow. */
#define POLICY                                                                                     \
    "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'; "               \
    "base-uri 'none'; form-action 'self'"

/* Every answer belongs to one visitor, and runs nothing but our style sheet. */
static const struct {
    const char *name;
    const char *value;
} HEADERS[] = {
    {"Cache-Control",           "private, no-store"},
    {"Vary",                    "Cookie"           },
    {"X-Content-Type-Options",  "nosniff"          },
    {"X-Frame-Options",         "DENY"             },
    {"Referrer-Policy",         "strict-origin"    },
    {"Content-Security-Policy", POLICY             },
};

/* Where a form of ours may lead to, on another site too. */
static const size_t VIEWS[] = {
#define VIEW(name) offsetof(msa_directory_settings_t, name)
    VIEW(post_login_view),
    VIEW(post_logout_view),
    VIEW(post_register_view),
    VIEW(post_confirm_view),
    VIEW(post_reset_view),
    VIEW(post_change_view),
    VIEW(post_verify_view),
    VIEW(post_change_email_view),
    VIEW(confirm_error_view),
    VIEW(change_email_error_view),
    VIEW(requires_confirmation_error_view),
    VIEW(unauthorized_view),
#undef VIEW
};

/* The URLs that templates know, each only while its feature is on (is_engine_on = always). */
/* clang-format off */
static const struct {
    const char *name;
    size_t url;
    size_t feature;
} URLS[] = {
#define URL(name, feature) \
    {#name, offsetof(msa_settings_t, name), offsetof(msa_settings_t, feature)}
    URL(login_url,           is_engine_on),
    URL(logout_url,          is_engine_on),
    URL(verify_url,          is_engine_on),
    URL(account_url,         is_engine_on),
    URL(register_url,        is_registerable),
    URL(confirm_url,         is_confirmable),
    URL(reset_url,           is_recoverable),
    URL(change_url,          is_changeable),
    URL(change_email_url,    is_change_email),
    URL(change_username_url, is_change_username),
    URL(tokens_url,          is_tokens_enabled),
#undef URL
};
/* clang-format on */

msa_reply_t *msa_face_reply(apr_pool_t *pool)
{
    msa_reply_t *reply = apr_pcalloc(pool, sizeof(*reply));
    reply->status = 200;
    reply->headers = apr_table_make(pool, 12);
    for (size_t i = 0; i < sizeof(HEADERS) / sizeof(HEADERS[0]); i++)
        apr_table_setn(reply->headers, HEADERS[i].name, HEADERS[i].value);
    return reply;
}

bool msa_face_has_flash(const msa_page_t *page)
{
    return msa_page_cookie(page, MSA_COOKIE_FLASH) != NULL;
}

/* Only the key travels, so a forged cookie can show nothing but our own texts. */
void msa_face_flash(msa_page_t *page, msa_outcome_t outcome)
{
    msa_cookie_set(page->ctx, page->reply->headers, MSA_COOKIE_FLASH, msa_outcome_row(outcome)->key,
                   FLASH_LIFETIME);
}

void msa_face_notice(msa_page_t *page, msa_outcome_t outcome)
{
    const msa_outcome_row_t *row = msa_outcome_row(outcome);
    msa_values_t *flash = msa_values_add_row(page->values, "flashes");
    msa_values_set(flash, "category", row->category);
    msa_values_set(flash, "text", msa_messages_text(page->ctx->messages, row->key));
}

static void show_flash(msa_page_t *page)
{
    const char *key = msa_page_cookie(page, MSA_COOKIE_FLASH);
    msa_outcome_t outcome = key ? msa_outcome_by_key(key) : MSA_OUTCOME_COUNT;
    if (key)
        msa_cookie_clear(page->ctx, page->reply->headers, MSA_COOKIE_FLASH);
    if (outcome != MSA_OUTCOME_COUNT)
        msa_face_notice(page, outcome);
}

void msa_face_values(msa_page_t *page)
{
    const msa_settings_t *settings = page->ctx->settings;
    const char *etag = NULL;
    msa_values_t *values = page->values;
    for (size_t i = 0; i < sizeof(URLS) / sizeof(URLS[0]); i++) {
        const char *base = (const char *)settings;
        if (*(const bool *)(base + URLS[i].feature))
            msa_values_set(values, URLS[i].name,
                           msa_page_path(page, *(const char *const *)(base + URLS[i].url)));
    }
    msa_templates_style(page->ctx->templates, &etag);
    msa_values_set(values, "style_url",
                   msa_text_add_query(page->ctx->pool, msa_page_path(page, settings->style_url),
                                      "v", etag ? etag : ""));
    msa_values_set(values, "site_name", msa_mail_site(page->ctx));
    msa_values_set(values, "password_length_min",
                   apr_itoa(page->ctx->pool, settings->password_length_min));
    /* Where nothing checks it, a page is the same to the byte for every visitor. */
    if (msa_csrf_is_needed(page))
        msa_values_set(values, "csrf_token", msa_csrf_token(page));
    if (page->identity)
        msa_values_set(values, "signed_in_email", page->identity->email);
    show_flash(page);
}

/* ` https://host:port` of a URL, or nothing: for a path, or for what the policy's grammar cannot
 * say. */
static const char *source_of(apr_pool_t *pool, const char *url)
{
    const char *host = url ? strstr(url, "://") : NULL;
    size_t length;
    if (!host || url[0] == '/')
        return "";
    host += 3;
    length = strcspn(host, "/?#");
    if (!length || strspn(host, HOST_CHARACTERS) < length)
        return "";
    return apr_pstrcat(pool, " ", apr_pstrmemdup(pool, url, (size_t)(host - url) + length), NULL);
}

/* Chromium applies form-action to the redirect after a form as well, and stays where it was. */
static void allow_views(msa_page_t *page)
{
    const msa_settings_t *settings = page->ctx->settings;
    const char *base = (const char *)page->ctx->directory;
    const char *sources = "";
    for (size_t i = 0; base && i < sizeof(VIEWS) / sizeof(VIEWS[0]); i++)
        sources =
            apr_pstrcat(page->ctx->pool, sources,
                        source_of(page->ctx->pool, *(const char *const *)(base + VIEWS[i])), NULL);
    if (settings->is_spa && settings->redirect_host[0] &&
        !settings->redirect_host[strspn(settings->redirect_host, HOST_CHARACTERS)])
        sources = apr_pstrcat(page->ctx->pool, sources, " ", settings->redirect_host, NULL);
    if (*sources)
        apr_table_setn(page->reply->headers, "Content-Security-Policy",
                       apr_pstrcat(page->ctx->pool, POLICY, sources, NULL));
}

void msa_face_html(msa_page_t *page, const char *name, int status)
{
    allow_views(page);
    const char *body =
        msa_templates_page(page->ctx->templates, page->ctx->pool, name, page->values);
    if (!body) {
        msa_env_log(page->ctx->env, page->ctx->pool, MSA_LOG_ERROR, "no template page/%s.html",
                    name);
        body = "<!DOCTYPE html>\n<title>Error</title><p>This page is not available.</p>\n";
        status = 503;
    }
    page->reply->status = status;
    page->reply->content_type = "text/html; charset=utf-8";
    page->reply->body = body;
    page->reply->body_length = strlen(body);
}

void msa_face_json(msa_page_t *page, int status, json_t *response)
{
    json_t *envelope = json_pack("{s{si}so}", "meta", "code", status, "response", response);
    char *text = envelope ? json_dumps(envelope, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    page->reply->status = text ? status : 503;
    page->reply->content_type = "application/json";
    page->reply->body = text ? apr_pstrcat(page->ctx->pool, text, "\n", NULL) : "{}\n";
    page->reply->body_length = strlen(page->reply->body);
    if (text)
        msa_digest_wipe(text, strlen(text));
    free(text);
    json_decref(envelope);
}
