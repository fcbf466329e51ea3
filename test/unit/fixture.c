/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "../../src/account/admin.h"
#include "../../src/identity/signin.h"
#include "../../src/store/schema.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <apr_dbd.h>
#include <apr_general.h>
#include <apr_strings.h>
#include <openssl/rand.h>

/* Some day in the past, not at the beginning of a second. */
#define BEGINNING (apr_time_from_sec(1700000000) + 250000)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* ---- the outside world ---- */

static apr_time_t now(void *baton)
{
    const fixture_t *fixture = baton;
    return fixture->now;
}

static apr_status_t fill_random(void *baton, unsigned char *bytes, apr_size_t count)
{
    fixture_t *fixture = baton;
    int number;
    pthread_mutex_lock(&lock);
    number = ++fixture->randoms;
    pthread_mutex_unlock(&lock);
    if (number == fixture->failing_random)
        return APR_EGENERAL;
    return RAND_bytes(bytes, (int)count) == 1 ? APR_SUCCESS : APR_EGENERAL;
}

static void keep_line(void *baton, msa_log_level_t level, const char *line)
{
    static const char *const LEVELS[] = {"error", "warning", "notice", "info", "debug"};
    fixture_t *fixture = baton;
    pthread_mutex_lock(&lock);
    APR_ARRAY_PUSH(fixture->log, const char *) =
        apr_pstrcat(fixture->pool, LEVELS[level], " ", line, NULL);
    pthread_mutex_unlock(&lock);
}

static apr_status_t enter_hash(void *baton, bool is_newcomer)
{
    fixture_t *fixture = baton;
    void (*on_hash)(void *) = fixture->on_hash;
    if (fixture->is_busy)
        return APR_TIMEUP;
    fixture->hashes++;
    fixture->newcomers += is_newcomer;
    fixture->on_hash = NULL;
    if (on_hash)
        on_hash(fixture->on_hash_baton);
    return APR_SUCCESS;
}

static void leave_hash(void *baton)
{
    (void)baton;
}

static void note_user(void *baton, apr_int64_t user_id)
{
    fixture_t *fixture = baton;
    pthread_mutex_lock(&lock);
    APR_ARRAY_PUSH(fixture->changed_users, apr_int64_t) = user_id;
    pthread_mutex_unlock(&lock);
}

static void note_ticket(void *baton, const unsigned char digest[32])
{
    fixture_t *fixture = baton;
    (void)digest;
    fixture->changed_tickets++;
}

/* ---- opening ---- */

static void set_settings(fixture_t *fixture)
{
    msa_settings_t *settings = &fixture->settings;
    *settings = msa_settings_default;
    settings->is_engine_on = true;
    settings->is_registerable = true;
    settings->is_confirmable = true;
    settings->is_recoverable = true;
    settings->is_changeable = true;
    settings->is_change_email = true;
    settings->is_change_username = true;
    settings->is_username_enabled = true;
    settings->is_tokens_enabled = true;
    settings->public_url = FIXTURE_SITE;
    settings->email_sender = "no-reply@example.org";
    settings->password_hash_options = "memory=7168 time=1 lanes=1";
    fixture->directory = msa_directory_settings_default;
}

static const unsigned char KEY[MSA_DIGEST_SIZE] = "known to the tests";

static void set_env(fixture_t *fixture)
{
    fixture->env = (msa_env_t){.baton = fixture,
                               .now = now,
                               .random = fill_random,
                               .log = keep_line,
                               .hash_enter = enter_hash,
                               .hash_leave = leave_hash,
                               .user_changed = note_user,
                               .ticket_changed = note_ticket,
                               .key = KEY};
}

static const char *shipped(const fixture_t *fixture)
{
    const char *source = getenv("srcdir");
    return apr_pstrcat(fixture->pool, source ? source : ".", "/templates", NULL);
}

static void load_texts(fixture_t *fixture)
{
    const char *error = NULL;
    if (msa_password_policy_make(fixture->pool, &fixture->settings, &fixture->passwords, &error) !=
        APR_SUCCESS)
        fail_msg("password policy: %s", error);
    if (msa_templates_load(fixture->pool, NULL, shipped(fixture), &fixture->templates, &error) !=
        APR_SUCCESS)
        fail_msg("templates: %s", error);
    if (msa_messages_load(fixture->pool, NULL, shipped(fixture), "en", &fixture->messages,
                          &error) != APR_SUCCESS)
        fail_msg("messages: %s", error);
}

const msa_db_source_t *fixture_source(fixture_t *fixture, apr_pool_t *pool)
{
    msa_db_source_t *source = NULL;
    const char *error = NULL;
    if (msa_db_source_direct(pool, "sqlite3", fixture->path, &source, &error) != APR_SUCCESS)
        fail_msg("database: %s", error);
    return source;
}

/* ---- a source that may be interrupted ---- */

typedef struct watched_t {
    fixture_t *fixture;
    const msa_db_source_t *source;
} watched_t;

static apr_status_t open_watched(void *baton, apr_pool_t *pool, msa_db_connection_t *connection)
{
    const watched_t *watched = baton;
    fixture_t *fixture = watched->fixture;
    if (fixture->connections_left && --fixture->connections_left == 0)
        fixture->on_connection(fixture->on_connection_baton);
    return watched->source->open(watched->source->baton, pool, connection);
}

static void close_watched(void *baton, msa_db_connection_t *connection)
{
    const watched_t *watched = baton;
    watched->source->close(watched->source->baton, connection);
}

static const msa_db_source_t *watch(fixture_t *fixture, const msa_db_source_t *source)
{
    watched_t *watched = apr_pcalloc(fixture->pool, sizeof(*watched));
    msa_db_source_t *made = apr_pcalloc(fixture->pool, sizeof(*made));
    *watched = (watched_t){fixture, source};
    *made = (msa_db_source_t){.baton = watched, .open = open_watched, .close = close_watched};
    return made;
}

void fixture_interrupt(fixture_t *fixture, int n, void (*run)(void *baton), void *baton)
{
    fixture->connections_left = n;
    fixture->on_connection = run;
    fixture->on_connection_baton = baton;
}

msa_context_t *fixture_context(fixture_t *fixture, apr_pool_t *pool, const msa_db_source_t *source)
{
    msa_context_t *ctx = apr_pcalloc(pool, sizeof(*ctx));
    ctx->pool = pool;
    ctx->env = &fixture->env;
    ctx->settings = &fixture->settings;
    ctx->directory = &fixture->directory;
    ctx->passwords = fixture->passwords;
    ctx->templates = fixture->templates;
    ctx->messages = fixture->messages;
    ctx->db =
        msa_db_make(pool, &fixture->env, &fixture->settings, source ? source : fixture->source);
    ctx->now = fixture->now;
    ctx->audience = fixture->settings.public_url;
    ctx->is_secure = true;
    ctx->address = "192.0.2.7";
    ctx->agent = "a test";
    return ctx;
}

/* The drivers are loaded into a pool of the process: apr_dbd loads them only once. */
static void start_process(void)
{
    apr_pool_t *pool = NULL;
    if (apr_initialize() == APR_SUCCESS && apr_pool_create(&pool, NULL) == APR_SUCCESS)
        apr_dbd_init(pool);
}

fixture_t *fixture_open(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    apr_pool_t *pool = NULL;
    fixture_t *fixture;
    char path[] = "/tmp/msa_unit_XXXXXX";
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    close(descriptor);
    pthread_once(&once, start_process);
    assert_int_equal(apr_pool_create(&pool, NULL), APR_SUCCESS);
    fixture = apr_pcalloc(pool, sizeof(*fixture));
    fixture->pool = pool;
    fixture->path = apr_pstrdup(pool, path);
    fixture->now = BEGINNING;
    fixture->log = apr_array_make(pool, 64, sizeof(const char *));
    fixture->changed_users = apr_array_make(pool, 8, sizeof(apr_int64_t));
    set_settings(fixture);
    set_env(fixture);
    load_texts(fixture);
    fixture->source = watch(fixture, fixture_source(fixture, pool));
    fixture->ctx = fixture_context(fixture, pool, NULL);
    assert_int_equal(msa_schema_create(fixture->ctx->db, pool, false), APR_SUCCESS);
    return fixture;
}

void fixture_close(fixture_t *fixture)
{
    char path[64];
    apr_cpystrn(path, fixture->path, sizeof(path));
    apr_pool_destroy(fixture->pool);
    unlink(path);
    strcat(path, "-wal");
    unlink(path);
    strcpy(strrchr(path, '-'), "-shm");
    unlink(path);
}

int fixture_setup(void **state)
{
    *state = fixture_open();
    return 0;
}

int fixture_teardown(void **state)
{
    fixture_close(*state);
    return 0;
}

void fixture_advance(fixture_t *fixture, apr_interval_time_t by)
{
    fixture->now += by;
    fixture->ctx->now = fixture->now;
}

/* ---- looking at the tables ---- */

msa_user_t *fixture_user(fixture_t *fixture, const char *email, const char *username)
{
    msa_user_order_t order = {.email = email,
                              .username = username,
                              .password = FIXTURE_PASSWORD,
                              .is_active = true,
                              .is_confirmed = true};
    msa_user_t *user = NULL;
    assert_int_equal(msa_admin_create_user(fixture->ctx, &order, &user), MSA_OK);
    return user;
}

msa_user_t *fixture_reload(fixture_t *fixture, apr_int64_t id)
{
    msa_user_t *user = NULL;
    apr_status_t status = msa_user_by_id(fixture->ctx->db, fixture->pool, id, &user);
    assert_true(status == APR_SUCCESS || status == APR_NOTFOUND);
    return user;
}

msa_outcome_t fixture_try(fixture_t *fixture, const char *name, const char *password)
{
    bool is_email = strchr(name, '@') != NULL;
    msa_user_t *user = NULL;
    return msa_signin_check(fixture->ctx, is_email ? name : NULL, is_email ? NULL : name, password,
                            &user);
}

void fixture_guess(fixture_t *fixture, const char *name, int times)
{
    for (int i = 0; i < times; i++) {
        const char *password = apr_psprintf(fixture->pool, "wrong %d", ++fixture->guesses);
        msa_outcome_t outcome = fixture_try(fixture, name, password);
        assert_true(outcome == MSA_INVALID_PASSWORD || outcome == MSA_USER_DOES_NOT_EXIST ||
                    outcome == MSA_DISABLED_ACCOUNT);
    }
}

static int count_keys(const apr_array_header_t *tickets)
{
    int count = 0;
    for (int i = 0; i < tickets->nelts; i++) {
        const char *purpose = APR_ARRAY_IDX(tickets, i, const msa_ticket_t *)->purpose;
        count += strcmp(purpose, msa_purpose_name(MSA_PURPOSE_DEVICE)) != 0 &&
                 strcmp(purpose, msa_purpose_name(MSA_PURPOSE_PLACE)) != 0;
    }
    return count;
}

int fixture_tickets(fixture_t *fixture, apr_int64_t user_id, const char *purpose)
{
    apr_array_header_t *tickets = NULL;
    assert_int_equal(
        msa_ticket_list(fixture->ctx->db, fixture->pool, user_id, purpose, 1000, &tickets),
        APR_SUCCESS);
    return purpose ? tickets->nelts : count_keys(tickets);
}

/* A claim that ended in 1970 is void: it reads the bodies and leaves the mails to others. */
static apr_array_header_t *waiting(fixture_t *fixture)
{
    apr_array_header_t *mails = NULL;
    const char *owner = apr_psprintf(fixture->pool, "a test %d", ++fixture->claims);
    assert_int_equal(
        msa_outbox_claim(fixture->ctx->db, fixture->pool, owner, fixture->now, 0, 1000, &mails),
        APR_SUCCESS);
    return mails;
}

static bool is_meant(const msa_mail_t *mail, const char *recipient, const char *kind)
{
    return (!recipient || strcmp(mail->recipient, recipient) == 0) &&
           (!kind || strcmp(mail->kind, kind) == 0);
}

int fixture_mails(fixture_t *fixture, const char *recipient, const char *kind)
{
    apr_array_header_t *mails = waiting(fixture);
    int count = 0;
    for (int i = 0; i < mails->nelts; i++)
        count += is_meant(APR_ARRAY_IDX(mails, i, msa_mail_t *), recipient, kind);
    return count;
}

const msa_mail_t *fixture_mail(fixture_t *fixture, const char *recipient, const char *kind)
{
    apr_array_header_t *mails = waiting(fixture);
    const msa_mail_t *newest = NULL;
    for (int i = 0; i < mails->nelts; i++) {
        const msa_mail_t *mail = APR_ARRAY_IDX(mails, i, msa_mail_t *);
        if (is_meant(mail, recipient, kind) && (!newest || mail->id > newest->id))
            newest = mail;
    }
    if (!newest)
        fail_msg("no mail %s to %s", kind, recipient);
    return newest;
}

const char *fixture_link(fixture_t *fixture, const msa_mail_t *mail, const char *path)
{
    const char *start = apr_pstrcat(fixture->pool, FIXTURE_SITE, path, "/", NULL);
    const char *found = strstr(mail->text, start);
    if (!found)
        fail_msg("no link to %s in %s", start, mail->text);
    found += strlen(start);
    assert_true(msa_digest_is_secret(
        found, strspn(found, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")));
    return apr_pstrmemdup(fixture->pool, found, MSA_SECRET_LENGTH);
}

bool fixture_logged(const fixture_t *fixture, const char *text)
{
    for (int i = 0; i < fixture->log->nelts; i++) {
        if (strstr(APR_ARRAY_IDX(fixture->log, i, const char *), text))
            return true;
    }
    return false;
}
