/* SPDX-License-Identifier: Apache-2.0 */
/* Every rule with its n-th call to the database refused, for every n: a rule that fails has changed
 * nothing and told nobody, and leaves the connection in order for the next user. A rule that only
 * met a lock is carried out all the same, once. */
#include "fixture.h"

#include "../../src/account/admin.h"
#include "../../src/account/change.h"
#include "../../src/account/change_email.h"
#include "../../src/account/confirm.h"
#include "../../src/account/recover.h"
#include "../../src/account/register.h"
#include "../../src/identity/remember.h"
#include "../../src/identity/session.h"
#include "../../src/identity/sessions.h"
#include "../../src/identity/signin.h"
#include "../../src/identity/token.h"
#include "../../src/store/statement.h"

#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <apr_dbd.h>
#include <apr_strings.h>

#define EMAIL        "ann@example.org"
#define NEWCOMER     "new@example.org"
#define NEW_PASSWORD "staple battery horse"
#define POINTS_MAX   100

/* Error codes of SQLite. */
#define ERROR_WITHOUT_A_WORD 1
#define LOCK_OF_OTHERS       5

/* ---- apr_dbd's functions, which take precedence over the library's ---- */

static struct {
    bool is_armed, has_struck;
    int calls, at, code;
    bool is_lasting; /* all later calls fail, too */
} fault;

static bool strikes(void)
{
    if (!fault.is_armed)
        return false;
    fault.calls++;
    if (fault.calls < fault.at || (fault.calls > fault.at && !fault.is_lasting))
        return false;
    fault.has_struck = true;
    return true;
}

static void *next_of(const char *name)
{
    void *function = dlsym(RTLD_NEXT, name);
    assert_non_null(function);
    return function;
}

int apr_dbd_pbquery(const apr_dbd_driver_t *driver, apr_pool_t *pool, apr_dbd_t *handle, int *rows,
                    apr_dbd_prepared_t *statement, const void **args)
{
    __typeof__(apr_dbd_pbquery) *next = next_of("apr_dbd_pbquery");
    return strikes() ? fault.code : next(driver, pool, handle, rows, statement, args);
}

int apr_dbd_pbselect(const apr_dbd_driver_t *driver, apr_pool_t *pool, apr_dbd_t *handle,
                     apr_dbd_results_t **results, apr_dbd_prepared_t *statement, int random,
                     const void **args)
{
    __typeof__(apr_dbd_pbselect) *next = next_of("apr_dbd_pbselect");
    return strikes() ? fault.code : next(driver, pool, handle, results, statement, random, args);
}

int apr_dbd_prepare(const apr_dbd_driver_t *driver, apr_pool_t *pool, apr_dbd_t *handle,
                    const char *query, const char *label, apr_dbd_prepared_t **statement)
{
    __typeof__(apr_dbd_prepare) *next = next_of("apr_dbd_prepare");
    return strikes() ? fault.code : next(driver, pool, handle, query, label, statement);
}

int apr_dbd_transaction_start(const apr_dbd_driver_t *driver, apr_pool_t *pool, apr_dbd_t *handle,
                              apr_dbd_transaction_t **transaction)
{
    __typeof__(apr_dbd_transaction_start) *next = next_of("apr_dbd_transaction_start");
    return strikes() ? fault.code : next(driver, pool, handle, transaction);
}

/* Refuses the commit. */
int apr_dbd_transaction_end(const apr_dbd_driver_t *driver, apr_pool_t *pool,
                            apr_dbd_transaction_t *transaction)
{
    __typeof__(apr_dbd_transaction_end) *next = next_of("apr_dbd_transaction_end");
    if (!strikes())
        return next(driver, pool, transaction);
    apr_dbd_transaction_mode_set(driver, transaction, APR_DBD_TRANSACTION_ROLLBACK);
    next(driver, pool, transaction);
    return fault.code;
}

/* ---- the rules ---- */

/** What a rule starts from. */
typedef struct world_t {
    fixture_t *f;
    msa_user_t *user;
    msa_signin_t signin;
    const char *link; /* the secret in a mail */
} world_t;

static void add_user(world_t *w)
{
    w->user = fixture_user(w->f, EMAIL, "annabel");
}

static void sign_in(world_t *w)
{
    add_user(w);
    assert_int_equal(msa_signin_start(w->f->ctx, w->user, true, true, NULL, &w->signin), MSA_OK);
}

static msa_outcome_t enlist(msa_context_t *ctx, const char *email)
{
    msa_registration_t form = {
        .email = email, .username = "newcomer", .password = FIXTURE_PASSWORD};
    apr_array_header_t *faults = apr_array_make(ctx->pool, 4, sizeof(msa_fault_t));
    msa_user_t *user = NULL;
    return msa_register(ctx, &form, faults, &user);
}

static void add_newcomer(world_t *w)
{
    assert_int_equal(enlist(w->f->ctx, NEWCOMER), MSA_OK);
    w->link = fixture_link(w->f, fixture_mail(w->f, NEWCOMER, "welcome"), "/confirm");
}

static void ask_for_reset(world_t *w)
{
    sign_in(w);
    assert_int_equal(msa_recover_request(w->f->ctx, EMAIL), MSA_OK);
    w->link = fixture_link(w->f, fixture_mail(w->f, EMAIL, "reset_instructions"), "/reset");
}

static msa_outcome_t check_password(world_t *w, msa_context_t *ctx)
{
    (void)w;
    return msa_signin_check(ctx, EMAIL, NULL, FIXTURE_PASSWORD, &(msa_user_t *){NULL});
}

static bool is_counted(const world_t *w)
{
    apr_array_header_t *rows = NULL;
    fault.is_armed = false; /* the rule has run */
    assert_int_equal(msa_db_read_text(fixture_context(w->f, w->f->pool, NULL)->db, w->f->pool,
                                      "SELECT count(*) FROM {prefix}attempt", &rows),
                     APR_SUCCESS);
    return strcmp(APR_ARRAY_IDX(rows, 0, const char *), "1") == 0;
}

/* A guess may be called wrong only after it was counted. */
static msa_outcome_t guess_password(world_t *w, msa_context_t *ctx)
{
    msa_outcome_t outcome = msa_signin_check(ctx, EMAIL, NULL, NEW_PASSWORD, &(msa_user_t *){NULL});
    return outcome == MSA_INVALID_PASSWORD && is_counted(w) ? MSA_OK : outcome;
}

static msa_outcome_t start(world_t *w, msa_context_t *ctx)
{
    return msa_signin_start(ctx, w->user, true, true, NULL, &(msa_signin_t){0});
}

static msa_outcome_t revive(world_t *w, msa_context_t *ctx)
{
    return msa_signin_revive(ctx, w->signin.remember, &(msa_signin_t){0});
}

static msa_outcome_t sign_out(world_t *w, msa_context_t *ctx)
{
    return msa_signin_end(ctx, w->signin.identity, w->signin.remember);
}

static msa_outcome_t use(world_t *w, msa_context_t *ctx)
{
    return msa_identity_by_secret(ctx, w->signin.session, 1u << MSA_PURPOSE_SESSION,
                                  &(msa_identity_t *){NULL});
}

static msa_outcome_t refresh(world_t *w, msa_context_t *ctx)
{
    return msa_signin_refresh(ctx, w->signin.identity, FIXTURE_PASSWORD, &(msa_signin_t){0});
}

static msa_outcome_t register_newcomer(world_t *w, msa_context_t *ctx)
{
    (void)w;
    return enlist(ctx, NEWCOMER);
}

static msa_outcome_t register_taken(world_t *w, msa_context_t *ctx)
{
    (void)w;
    return enlist(ctx, EMAIL);
}

static msa_outcome_t confirm_request(world_t *w, msa_context_t *ctx)
{
    (void)w;
    return msa_confirm_request(ctx, NEWCOMER);
}

static msa_outcome_t confirm(world_t *w, msa_context_t *ctx)
{
    return msa_confirm(ctx, w->link, &(msa_user_t *){NULL});
}

static msa_outcome_t recover_request(world_t *w, msa_context_t *ctx)
{
    (void)w;
    return msa_recover_request(ctx, EMAIL);
}

static msa_outcome_t recover(world_t *w, msa_context_t *ctx)
{
    return msa_recover(ctx, w->link, NEW_PASSWORD, &(msa_user_t *){NULL});
}

static msa_outcome_t change_username(world_t *w, msa_context_t *ctx)
{
    return msa_change_username(ctx, w->signin.identity, "othername");
}

static msa_outcome_t change_email(world_t *w, msa_context_t *ctx)
{
    return msa_change_email_request(ctx, w->signin.identity, "ann@elsewhere.example");
}

static msa_outcome_t make_token(world_t *w, msa_context_t *ctx)
{
    return msa_token_create(ctx, w->user, "tool", NULL, NULL, apr_time_from_sec(3600),
                            &(const char *){NULL}, &(msa_personal_token_t *){NULL});
}

static msa_outcome_t end_sessions(world_t *w, msa_context_t *ctx)
{
    return msa_sessions_end(ctx, w->user->id, 0);
}

static msa_outcome_t deactivate(world_t *w, msa_context_t *ctx)
{
    return msa_admin_set_active(ctx, w->user, false);
}

static msa_outcome_t set_password(world_t *w, msa_context_t *ctx)
{
    return msa_admin_set_password(ctx, w->user, NEW_PASSWORD);
}

static msa_outcome_t delete_user(world_t *w, msa_context_t *ctx)
{
    return msa_admin_delete_user(ctx, w->user);
}

static const struct {
    const char *name;
    void (*prepare)(world_t *w);
    msa_outcome_t (*run)(world_t *w, msa_context_t *ctx);
} RULES[] = {
    {"check a password",    add_user,      check_password   },
    {"guess a password",    add_user,      guess_password   },
    {"sign in",             add_user,      start            },
    {"revive",              sign_in,       revive           },
    {"sign out",            sign_in,       sign_out         },
    {"use a session",       sign_in,       use              },
    {"prove it again",      sign_in,       refresh          },
    {"register",            add_user,      register_newcomer},
    {"register taken",      add_user,      register_taken   },
    {"ask for a link",      add_newcomer,  confirm_request  },
    {"confirm",             add_newcomer,  confirm          },
    {"ask for a reset",     add_user,      recover_request  },
    {"recover",             ask_for_reset, recover          },
    {"change the username", sign_in,       change_username  },
    {"change the email",    sign_in,       change_email     },
    {"make a token",        sign_in,       make_token       },
    {"end all sessions",    sign_in,       end_sessions     },
    {"deactivate",          sign_in,       deactivate       },
    {"set a password",      sign_in,       set_password     },
    {"delete",              sign_in,       delete_user      },
};

/* ---- the loop ---- */

/* Everything that a rule may change, and the same without what differs from run to run. */
static const char *const ROWS[] = {
    "SELECT id || email || coalesce(username, '') || coalesce(password, '') || active || "
    "fs_uniquifier || coalesce(confirmed_at, '') FROM {user} ORDER BY id",
    "SELECT digest || purpose || user_id || stamp || spent_at || fresh_at "
    "FROM {prefix}ticket ORDER BY id",
    "SELECT id || recipient || kind FROM {prefix}outbox ORDER BY id",
    "SELECT id || user_id FROM {prefix}changes ORDER BY id",
    NULL,
};
static const char *const KINDS_OF_ROWS[] = {
    "SELECT id || email || coalesce(username, '') || active || coalesce(login_count, 0) || "
    "coalesce(confirmed_at, '') FROM {user} ORDER BY id",
    "SELECT purpose || user_id || spent_at || fresh_at || '=' || count(*) "
    "FROM {prefix}ticket GROUP BY purpose, user_id, spent_at, fresh_at ORDER BY 1",
    "SELECT recipient || kind FROM {prefix}outbox ORDER BY id",
    "SELECT user_id || (digest IS NULL) FROM {prefix}changes ORDER BY id",
    "SELECT count(*) FROM {prefix}attempt",
    NULL,
};

static const char *contents(fixture_t *f, const char *const *texts)
{
    msa_context_t *ctx = fixture_context(f, f->pool, NULL);
    const char *all = "";
    for (; *texts; texts++) {
        apr_array_header_t *rows = NULL;
        assert_int_equal(msa_db_read_text(ctx->db, f->pool, *texts, &rows), APR_SUCCESS);
        all = apr_pstrcat(f->pool, all, apr_array_pstrcat(f->pool, rows, '\n'), "\n", NULL);
    }
    return all;
}

static int told(const fixture_t *f)
{
    return f->changed_users->nelts + f->changed_tickets;
}

/* Prepares the rule and runs it, striking at the n-th call (0 = never). */
static msa_outcome_t run_struck(world_t *w, size_t rule, int n, int code, bool is_lasting)
{
    msa_outcome_t outcome;
    memset(&fault, 0, sizeof(fault));
    fault.is_armed = n > 0;
    fault.at = n;
    fault.code = code;
    fault.is_lasting = is_lasting;
    outcome = RULES[rule].run(w, fixture_context(w->f, w->f->pool, NULL));
    fault.is_armed = false;
    return outcome;
}

static world_t begin(size_t rule)
{
    world_t w = {.f = fixture_open()};
    RULES[rule].prepare(&w);
    return w;
}

/* True when there was an n-th call. */
static bool strike(size_t rule, int n, int code, bool is_lasting)
{
    world_t w = begin(rule);
    const char *before = contents(w.f, ROWS);
    int told_before = told(w.f);
    msa_outcome_t outcome = run_struck(&w, rule, n, code, is_lasting);
    if (outcome != MSA_OK && (strcmp(contents(w.f, ROWS), before) != 0 || told(w.f) != told_before))
        fail_msg("%s, call %d, code %d: %s, and it left something behind", RULES[rule].name, n,
                 code, msa_outcome_row(outcome)->name);
    if (outcome != MSA_OK && outcome != MSA_BROKEN)
        fail_msg("%s, call %d, code %d: %s is no word for a broken database", RULES[rule].name, n,
                 code, msa_outcome_row(outcome)->name);
    if (outcome == MSA_BROKEN && !fixture_logged(w.f, "error database failed: statement="))
        fail_msg("%s, call %d, code %d: no line tells the cause", RULES[rule].name, n, code);
    fixture_close(w.f);
    return fault.has_struck;
}

static void what_fails_has_changed_nothing(void **state)
{
    (void)state;
    for (size_t rule = 0; rule < sizeof(RULES) / sizeof(RULES[0]); rule++) {
        int n = 1;
        while (strike(rule, n, ERROR_WITHOUT_A_WORD, false))
            n++;
        assert_in_range(n, 3, POINTS_MAX);
    }
}

static void a_permanent_lock_has_changed_nothing(void **state)
{
    (void)state;
    for (size_t rule = 0; rule < sizeof(RULES) / sizeof(RULES[0]); rule++) {
        int n = 1;
        while (strike(rule, n, LOCK_OF_OTHERS, true))
            n += 3;
        assert_in_range(n, 3, POINTS_MAX);
    }
}

/* True when there was an n-th call. */
static bool lock_out_once(size_t rule, int n, const char *expected, int expected_told)
{
    world_t w = begin(rule);
    msa_outcome_t outcome = run_struck(&w, rule, n, LOCK_OF_OTHERS, false);
    const char *found = contents(w.f, KINDS_OF_ROWS);
    if (outcome != MSA_OK)
        fail_msg("%s, call %d: %s", RULES[rule].name, n, msa_outcome_row(outcome)->name);
    if (strcmp(found, expected) != 0 || told(w.f) != expected_told)
        fail_msg("%s, call %d: not as if nothing had happened:\n%s\nand not\n%s", RULES[rule].name,
                 n, found, expected);
    if (fixture_logged(w.f, "error "))
        fail_msg("%s, call %d: a conflict that was got over is called an error", RULES[rule].name,
                 n);
    fixture_close(w.f);
    return fault.has_struck;
}

static void a_brief_lock_is_retried_as_if_nothing_had_happened(void **state)
{
    (void)state;
    for (size_t rule = 0; rule < sizeof(RULES) / sizeof(RULES[0]); rule++) {
        world_t w = begin(rule);
        const char *expected;
        int n = 1;
        assert_int_equal(run_struck(&w, rule, 0, 0, false), MSA_OK);
        expected = contents(w.f, KINDS_OF_ROWS);
        while (lock_out_once(rule, n, expected, told(w.f)))
            n++;
        assert_in_range(n, 3, POINTS_MAX);
        fixture_close(w.f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_fails_has_changed_nothing),
        cmocka_unit_test(a_permanent_lock_has_changed_nothing),
        cmocka_unit_test(a_brief_lock_is_retried_as_if_nothing_had_happened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
