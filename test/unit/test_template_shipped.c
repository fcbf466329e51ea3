/* SPDX-License-Identifier: Apache-2.0 */
#include "../../src/base/messages.h"
#include "../../src/base/outcome.h"
#include "../../src/base/template.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <apr_strings.h>

#include "pool.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define HOSTILE      "<script>alert(1)</script>\"'&"
#define ESCAPED      "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;"

static void assert_contains(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("there is no `%s` in: %s", part, text);
}

static void assert_lacks(const char *text, const char *part)
{
    if (strstr(text, part))
        fail_msg("there is `%s` in: %s", part, text);
}

static const char *const PAGES[] = {
    "account",         "change",         "change-email",   "change-email-undo-button",
    "change-username", "confirm",        "confirm-button", "error",
    "link-button",     "login",          "logout",         "register",
    "reset",           "reset-password", "tokens",         "verify"};
static const char *const MAILS[][2] = {
    {"welcome",                   "Welcome"                                  },
    {"welcome_existing",          "Welcome"                                  },
    {"welcome_existing_username", "Welcome"                                  },
    {"confirmation_instructions", "Please confirm your email"                },
    {"reset_instructions",        "Password reset instructions"              },
    {"reset_notice",              "Your password has been reset"             },
    {"change_notice",             "Your password has been changed"           },
    {"change_email_instructions", "Confirm your new email address"           },
    {"change_email_notice",       "Your email address is being changed"      },
    {"change_username_notice",    "Your username has been changed"           },
    {"new_login",                 "New sign-in to your account"              },
    {"account_locked",            "Too many wrong passwords for your account"},
};
static const char *const NAMES[] = {"site_name",
                                    "style_url",
                                    "login_url",
                                    "logout_url",
                                    "register_url",
                                    "reset_url",
                                    "confirm_url",
                                    "change_url",
                                    "change_email_url",
                                    "change_username_url",
                                    "verify_url",
                                    "account_url",
                                    "tokens_url",
                                    "csrf_token",
                                    "next",
                                    "signed_in_email",
                                    "email",
                                    "username",
                                    "username_enabled",
                                    "remember",
                                    "roles",
                                    "confirmed",
                                    "new_token",
                                    "name",
                                    "expires",
                                    "status",
                                    "title",
                                    "text",
                                    "link_url",
                                    "link_text",
                                    "action_url",
                                    "button",
                                    "link",
                                    "within",
                                    "confirmation_link",
                                    "reset_link",
                                    "recovery_link",
                                    "undo_link",
                                    "new_email",
                                    "old_email",
                                    "other_account",
                                    "address",
                                    "agent",
                                    "time",
                                    "email_invalid",
                                    "username_invalid",
                                    "password_invalid"};
static const char *const LISTS[] = {"flashes",
                                    "form_errors",
                                    "email_errors",
                                    "username_errors",
                                    "password_errors",
                                    "password_confirm_errors",
                                    "new_password_errors",
                                    "new_password_confirm_errors",
                                    "name_errors",
                                    "expires_errors",
                                    "scope_errors",
                                    "sessions",
                                    "tokens",
                                    "scopes",
                                    "former_addresses",
                                    "extra_fields"};
static const char *const ROW_NAMES[] = {"text",    "category", "id",      "agent",    "address",
                                        "created", "used",     "current", "name",     "scope",
                                        "expires", "until",    "field",   "required", "value"};

static const char *shipped_directory(apr_pool_t *pool)
{
    const char *source = getenv("srcdir");
    return apr_pstrcat(pool, source ? source : ".", "/templates", NULL);
}

static const msa_templates_t *load_shipped(apr_pool_t *pool)
{
    const msa_templates_t *templates = NULL;
    const char *error = NULL;
    if (msa_templates_load(pool, NULL, shipped_directory(pool), &templates, &error) != APR_SUCCESS)
        fail_msg("%s", error);
    return templates;
}

static msa_values_t *every_value(apr_pool_t *pool, const char *text)
{
    msa_values_t *values = msa_values_make(pool);
    for (size_t i = 0; i < COUNT(NAMES); i++)
        msa_values_set(values, NAMES[i], text);
    for (size_t i = 0; i < COUNT(LISTS); i++) {
        msa_values_t *row = msa_values_add_row(values, LISTS[i]);
        for (size_t j = 0; j < COUNT(ROW_NAMES); j++)
            msa_values_set(row, ROW_NAMES[j], text);
        msa_values_set(msa_values_add_row(row, "errors"), "text", text);
    }
    return values;
}

static void shipped_pages_withstand_every_value(void **state)
{
    const msa_templates_t *templates = load_shipped(*state);
    for (size_t i = 0; i < COUNT(PAGES); i++) {
        const char *empty =
            msa_templates_page(templates, *state, PAGES[i], every_value(*state, ""));
        const char *full =
            msa_templates_page(templates, *state, PAGES[i], every_value(*state, HOSTILE));
        const char *none = msa_templates_page(templates, *state, PAGES[i], msa_values_make(*state));
        assert_true(empty && full && none);
        assert_contains(none, "</html>");
        assert_contains(empty, "</html>");
        assert_contains(full, ESCAPED);
        assert_lacks(full, "<script");
        assert_lacks(full, "\"'");
        assert_lacks(none, "example.org");
    }
}

static void shipped_mails_withstand_every_value(void **state)
{
    const msa_templates_t *templates = load_shipped(*state);
    for (size_t i = 0; i < COUNT(MAILS); i++) {
        msa_mail_parts_t none, full;
        assert_int_equal(
            msa_templates_mail(templates, *state, MAILS[i][0], msa_values_make(*state), &none), 0);
        assert_int_equal(
            msa_templates_mail(templates, *state, MAILS[i][0], every_value(*state, HOSTILE), &full),
            0);
        assert_string_equal(none.subject, MAILS[i][1]);
        assert_contains(full.text, HOSTILE);
        assert_lacks(full.text, "<p");
        assert_contains(full.html, ESCAPED);
        assert_lacks(full.html, "<script");
        assert_lacks(none.text, "example.org");
    }
}

static void shipped_pages_have_what_browsers_and_clients_look_for(void **state)
{
    const msa_templates_t *templates = load_shipped(*state);
    /* clang-format off */
    static const char *const FORMS[][3] = {
        {"login", "<form name=\"login_user_form\"", "<h1>Sign in</h1>"},
        {"logout", "<form name=\"logout_form\"", "<h1>Sign out</h1>"},
        {"register", "<form name=\"register_user_form\"", "id=\"password_confirm\""},
        {"reset", "<form name=\"forgot_password_form\"", "id=\"email\""},
        {"reset-password", "<form name=\"reset_password_form\"", "autocomplete=\"new-password\""},
        {"change", "<form name=\"change_password_form\"", "id=\"new_password_confirm\""},
        {"confirm", "<form name=\"send_confirmation_form\"", "id=\"email\""},
        {"verify", "<form name=\"verify_form\"", "autocomplete=\"current-password\""},
        {"change-email", "<form name=\"change_email_form\"", "id=\"email\""},
        {"change-username", "<form name=\"change_username_form\"", "id=\"username\""},
    };
    /* clang-format on */
    for (size_t i = 0; i < COUNT(FORMS); i++) {
        const char *page =
            msa_templates_page(templates, *state, FORMS[i][0], every_value(*state, "x"));
        assert_contains(page, FORMS[i][1]);
        assert_contains(page, FORMS[i][2]);
        assert_contains(page, "<input id=\"csrf_token\" name=\"csrf_token\"");
        assert_contains(page, "<ul class=\"flashes\"");
        assert_contains(page, "<li class=\"x\">x</li>");
        assert_contains(page, "id=\"fs-form-errors\"");
        assert_contains(page, "<li class=\"fs-error-msg\">x</li>");
        assert_contains(page, " lang=\"en\"");
        assert_lacks(page, " style=");
        assert_lacks(page, "<script");
    }
}

static void every_outcome_has_a_text_in_every_language(void **state)
{
    static const char *const LANGUAGES[] = {"en", "de"};
    for (size_t i = 0; i < COUNT(LANGUAGES); i++) {
        const msa_messages_t *messages = NULL;
        const char *error = NULL;
        if (msa_messages_load(*state, NULL, shipped_directory(*state), LANGUAGES[i], &messages,
                              &error) != APR_SUCCESS)
            fail_msg("%s", error);
        for (int outcome = 0; outcome < MSA_OUTCOME_COUNT; outcome++) {
            const char *key = msa_outcome_row((msa_outcome_t)outcome)->key;
            const char *text = msa_messages_text(messages, key);
            assert_string_not_equal(text, key);
            assert_null(strpbrk(text, "<>&"));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(shipped_pages_withstand_every_value, pool_setup,
                                        pool_teardown),
        cmocka_unit_test_setup_teardown(shipped_mails_withstand_every_value, pool_setup,
                                        pool_teardown),
        cmocka_unit_test_setup_teardown(shipped_pages_have_what_browsers_and_clients_look_for,
                                        pool_setup, pool_teardown),
        cmocka_unit_test_setup_teardown(every_outcome_has_a_text_in_every_language, pool_setup,
                                        pool_teardown),
    };
    return cmocka_run_group_tests_name("template_shipped", tests, pool_group_setup,
                                       pool_group_teardown);
}
