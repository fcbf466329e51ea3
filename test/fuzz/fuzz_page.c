/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole requests to our endpoints, as sent over the network, with an SQLite database in memory.
 * `{reset}` and the like stand for secrets that nobody can guess, and three headers control the
 * world: `As: session` names the secret by which the visitor is known, `Later: 3600` the seconds
 * since it was handed out, `Site: spa button` the settings of the site.
 */
#include "fuzz.h"
#include "world.h"

#include "../../src/account/admin.h"
#include "../../src/base/digest.h"
#include "../../src/base/text.h"
#include "../../src/identity/signin.h"
#include "../../src/identity/ticket.h"
#include "../../src/page/page.h"

#include <malloc.h>
#include <stddef.h>
#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#define MEMORY_MAX  (4u << 20) /* bytes that one request may keep until it ends */
#define SECONDS_MAX 4000000000

const char fuzz_name[] = "page";

/* The secrets in the store; all but the password are tickets of the owner. */
static const char *const PURPOSES[MSA_PURPOSE_COUNT] = {
    [MSA_PURPOSE_SESSION] = "session",     [MSA_PURPOSE_REMEMBER] = "remember",
    [MSA_PURPOSE_TOKEN] = "token",         [MSA_PURPOSE_PERSONAL] = "personal",
    [MSA_PURPOSE_CONFIRM] = "confirm",     [MSA_PURPOSE_RESET] = "reset",
    [MSA_PURPOSE_CHANGE_EMAIL] = "change", [MSA_PURPOSE_UNDO_EMAIL] = "undo",
    [MSA_PURPOSE_DEVICE] = "device",       [MSA_PURPOSE_PLACE] = "place",
};

/** The world of one input. */
typedef struct world_t {
    fixture_t *fixture;
    apr_pool_t *pool;
    msa_context_t *ctx;
    const char *secrets[MSA_PURPOSE_COUNT];
    bool knows_any;                /* the input contains a secret */
    bool knows[MSA_PURPOSE_COUNT]; /* ... this one */
    bool shows_password;           /* ... the password, outside its field */
    apr_table_t *headers;
    msa_request_t request;
} world_t;

/** Made once per process: an input can contain these only through their placeholders. */
static struct {
    char password[MSA_SECRET_LENGTH + 1], stored[256], hermit[64];
} made;

/** What `Site` turns on (or off, if it is on). */
static const struct {
    const char *word;
    size_t setting;
    bool is_on;
} SITES[] = {
    {"spa",         offsetof(msa_settings_t, is_spa),                      true },
    {"generic",     offsetof(msa_settings_t, generic_responses),           true },
    {"button",      offsetof(msa_settings_t, link_confirmation_button),    true },
    {"old-tokens",  offsetof(msa_settings_t, backwards_compat_auth_token), true },
    {"needs-name",  offsetof(msa_settings_t, is_username_required),        true },
    {"unconfirmed", offsetof(msa_settings_t, login_without_confirmation),  true },
    {"no-login",    offsetof(msa_settings_t, auto_login_after_reset),      false},
    {"no-confirm",  offsetof(msa_settings_t, is_confirmable),              false},
};

/* ---- the world ---- */

static void make_once(msa_context_t *ctx)
{
    const char *stored = NULL;
    apr_cpystrn(made.password, msa_digest_secret(ctx->env, ctx->pool), sizeof(made.password));
    fuzz_require(msa_signin_hash(ctx, made.password, false, &stored) == MSA_OK);
    apr_cpystrn(made.stored, stored, sizeof(made.stored));
    apr_snprintf(made.hermit, sizeof(made.hermit), "%s@example.org",
                 msa_context_random_hex(ctx, 12));
}

static msa_user_t *add_user(world_t *world, const char *email, const char *username)
{
    msa_user_order_t order = {.email = email,
                              .username = username,
                              .stored_password = made.stored,
                              .is_active = true,
                              .is_confirmed = true};
    msa_user_t *user = NULL;
    fuzz_require(msa_admin_create_user(world->ctx, &order, &user) == MSA_OK);
    return user;
}

static void issue_tickets(world_t *world, const msa_user_t *user)
{
    for (int i = 0; i < MSA_PURPOSE_COUNT; i++) {
        msa_ticket_order_t order = {.purpose = (msa_purpose_t)i,
                                    .detail = "moved@example.org",
                                    .family = i <= MSA_PURPOSE_REMEMBER ? "family" : NULL,
                                    .fresh_at = world->ctx->now,
                                    .lifetime = apr_time_from_sec(86400)};
        fuzz_require(msa_ticket_issue(world->ctx, user, &order, &world->secrets[i], NULL) ==
                     MSA_OK);
    }
}

static world_t *make_world(apr_pool_t *pool)
{
    world_t *world = apr_pcalloc(pool, sizeof(*world));
    world->pool = pool;
    world->fixture = fuzz_world(pool);
    world->ctx = world->fixture->ctx;
    if (!*made.password)
        make_once(world->ctx);
    issue_tickets(world, add_user(world, "owner@example.org", "owner"));
    add_user(world, made.hermit, NULL);
    return world;
}

/* ---- the request ---- */

/* True when the password follows the name of its field, as in a form or JSON. */
static bool is_typed(const char *text, const char *password)
{
    static const char FORM[] = "password=", JSON[] = "\"password\":\"";
    size_t form = sizeof(FORM) - 1, json = sizeof(JSON) - 1, before = (size_t)(password - text);
    if (before > json && strncmp(password - json, JSON, json) == 0)
        return true;
    return before > form && strncmp(password - form, FORM, form) == 0 &&
           (text[before - form - 1] == '&' || text[before - form - 1] == '\n');
}

/* The input with its placeholders replaced by the secrets. */
static const char *fill_in(world_t *world, const char *text, size_t length, size_t *filled)
{
    char *out = apr_palloc(world->pool, length * (MSA_SECRET_LENGTH + 1) + 1);
    char *end = out;
    for (const char *c = text; c < text + length; c++) {
        const char *secret = NULL;
        for (int i = 0; *c == '{' && i <= MSA_PURPOSE_COUNT; i++) {
            const char *name = i < MSA_PURPOSE_COUNT ? PURPOSES[i] : "password";
            size_t size = strlen(name);
            if (strncmp(c + 1, name, size) != 0 || c[size + 1] != '}')
                continue;
            secret = i < MSA_PURPOSE_COUNT ? world->secrets[i] : made.password;
            world->knows_any = true;
            world->shows_password |= i == MSA_PURPOSE_COUNT && !is_typed(text, c);
            world->knows[i % MSA_PURPOSE_COUNT] |= i < MSA_PURPOSE_COUNT;
            c += size + 1;
            break;
        }
        if (secret)
            end = apr_cpystrn(end, secret, MSA_SECRET_LENGTH + 1);
        else
            *end++ = *c;
    }
    *end = '\0';
    *filled = (size_t)(end - out);
    return out;
}

/* Removes a line from the front; returns it without its end. */
static char *take_line(apr_pool_t *pool, const char **text)
{
    size_t length = strcspn(*text, "\n");
    char *line = apr_pstrmemdup(pool, *text, length);
    *text += length + ((*text)[length] == '\n');
    return line;
}

static bool read_request(world_t *world, const char *text, size_t length)
{
    msa_request_t *request = &world->request;
    const char *end = text + length;
    char *line = take_line(world->pool, &text), *rest = strchr(line, ' ');
    if (!rest || rest == line)
        return false;
    *rest++ = '\0';
    request->method = line;
    request->path = rest;
    rest = strchr(rest, '?');
    if (rest)
        *rest++ = '\0';
    request->query = rest;
    world->headers = apr_table_make(world->pool, 8);
    for (line = take_line(world->pool, &text); *line; line = take_line(world->pool, &text)) {
        rest = strchr(line, ':');
        if (!rest)
            return false;
        *rest++ = '\0';
        apr_table_mergen(world->headers, line, rest + strspn(rest, " "));
    }
    request->headers = world->headers;
    /* An exact copy, so that reading past its end is noticed. */
    request->body_length = (size_t)(end - text);
    request->body = apr_pstrmemdup(world->pool, text, request->body_length);
    return true;
}

static void set_up_site(world_t *world)
{
    msa_settings_t *settings = &world->fixture->settings;
    const char *words = apr_table_get(world->headers, "Site");
    const char *later = apr_table_get(world->headers, "Later");
    apr_int64_t seconds = later ? apr_strtoi64(later, NULL, 10) : 0;
    settings->redirect_host = words && strstr(words, "spa") ? "app.example.org" : "";
    world->fixture->directory.confirm_error_view = "/sorry";
    for (size_t i = 0; words && i < sizeof(SITES) / sizeof(SITES[0]); i++) {
        if (strstr(words, SITES[i].word))
            *(bool *)((char *)settings + SITES[i].setting) = SITES[i].is_on;
    }
    if (words && strstr(words, "token"))
        settings->csrf = MSA_CSRF_TOKEN;
    if (seconds > 0 && seconds < SECONDS_MAX)
        world->ctx->now = world->fixture->now += apr_time_from_sec(seconds);
}

static void recognise(world_t *world)
{
    const char *as = apr_table_get(world->headers, "As");
    msa_identity_t *identity = NULL;
    for (int i = 0; as && i <= MSA_PURPOSE_PERSONAL; i++) {
        const char *prefix = i == MSA_PURPOSE_PERSONAL ? MSA_PERSONAL_PREFIX : "";
        const char *secret = apr_pstrcat(world->pool, prefix, world->secrets[i], NULL);
        if (strcmp(as, PURPOSES[i]) == 0 && i != MSA_PURPOSE_REMEMBER &&
            msa_identity_by_secret(world->ctx, secret, 1u << i, &identity) == MSA_OK)
            world->request.identity = identity;
    }
}

/* ---- what must hold ---- */

static size_t memory_used(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

/* A field name of RFC 9110 section 5.1, and a value that cannot end its line. */
static int check_header(void *baton, const char *name, const char *value)
{
    const world_t *world = baton;
    for (const char *c = name; *c; c++)
        fuzz_require(apr_isalnum(*c) || *c == '-');
    for (const char *c = value; *c; c++)
        fuzz_require((unsigned char)*c >= ' ' && *c != 0x7f);
    fuzz_require(*name && !strstr(value, made.stored));
    if (strcmp(name, "Location") == 0)
        fuzz_require((value[0] == '/' && value[1] != '/' && value[1] != '\\') ||
                     strncmp(value, "//app.example.org/", 18) == 0);
    if (strcmp(name, "Set-Cookie") == 0) {
        size_t length = strcspn(strchr(value, '=') + 1, ";");
        fuzz_require(strncmp(value, "__Host-", 7) == 0 && strstr(value, "; Path=/; HttpOnly") &&
                     strstr(value, "; Secure"));
        /* Nobody is signed in without a secret, except by registering where that is enough. */
        if (strncmp(value, "__Host-session=", 15) == 0 ||
            strncmp(value, "__Host-remember_token=", 22) == 0)
            fuzz_require(length == 0 || world->knows_any || world->request.identity ||
                         !world->fixture->settings.is_confirmable ||
                         world->fixture->settings.login_without_confirmation);
    }
    return 1;
}

static void check_secrets(const world_t *world, const char *body)
{
    fuzz_require(world->shows_password || !strstr(body, made.password));
    fuzz_require(!strstr(body, made.stored) && !strstr(body, made.hermit) &&
                 !strstr(body, "$pbkdf2"));
    for (int i = 0; i < MSA_PURPOSE_COUNT; i++) {
        unsigned char digest[MSA_DIGEST_SIZE];
        msa_digest_sha256(world->secrets[i], MSA_SECRET_LENGTH, digest);
        fuzz_require(world->knows[i] || !strstr(body, world->secrets[i]));
        fuzz_require(!strstr(body, msa_digest_hex(world->pool, digest, MSA_DIGEST_SIZE)));
    }
}

static void check_body(const world_t *world, const msa_reply_t *reply)
{
    json_t *json;
    fuzz_require(strlen(reply->body) == reply->body_length);
    fuzz_require(msa_text_is_utf8(reply->body, reply->body_length));
    check_secrets(world, reply->body);
    if (strcmp(reply->content_type, "application/json") != 0) {
        fuzz_require(!strcasestr(reply->body, "<script") && !strcasestr(reply->body, "<img"));
        return;
    }
    json = json_loads(reply->body, 0, NULL);
    fuzz_require(json_integer_value(json_object_get(json_object_get(json, "meta"), "code")) ==
                 reply->status);
    fuzz_require(json_is_object(json_object_get(json, "response")));
    json_decref(json);
}

static void check_reply(world_t *world, const msa_reply_t *reply)
{
    static const char *const ALWAYS[] = {"Cache-Control", "X-Content-Type-Options",
                                         "X-Frame-Options", "Content-Security-Policy"};
    bool is_redirect = reply->status == 302;
    fuzz_require(reply->status >= 200 && reply->status < 500);
    for (size_t i = 0; i < sizeof(ALWAYS) / sizeof(ALWAYS[0]); i++)
        fuzz_require(apr_table_get(reply->headers, ALWAYS[i]));
    fuzz_require(is_redirect == (apr_table_get(reply->headers, "Location") != NULL));
    fuzz_require((reply->status == 405) == (apr_table_get(reply->headers, "Allow") != NULL));
    apr_table_do(check_header, world, reply->headers, NULL);
    fuzz_require(!reply->body == !reply->content_type);
    if (reply->body)
        check_body(world, reply);
}

void fuzz_text(apr_pool_t *pool, const char *text, size_t length)
{
    world_t *world = make_world(pool);
    const msa_route_t *route;
    size_t before;
    text = fill_in(world, text, length, &length);
    if (!read_request(world, text, length))
        return;
    set_up_site(world);
    recognise(world);
    route = msa_route_find(&world->fixture->settings, world->request.path);
    if (!route)
        return;
    before = memory_used();
    check_reply(world, msa_page_serve(world->ctx, route, &world->request));
    fuzz_require(memory_used() < before + MEMORY_MAX);
}
