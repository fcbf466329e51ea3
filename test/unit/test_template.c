/* SPDX-License-Identifier: Apache-2.0 */
#include "../../src/base/messages.h"
#include "../../src/base/template.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <apr_file_info.h>
#include <apr_file_io.h>
#include <apr_strings.h>

#include "pool.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define HOSTILE      "<script>alert(1)</script>\"'&"
#define ESCAPED      "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;"
#define HEAD                                                                                       \
    "<html xmlns=\"http://www.w3.org/1999/xhtml\" xmlns:s=\"urn:mod_security_auth:template\">"
#define PAGE(body) HEAD "<body>" body "</body></html>"
#define MAIL(title, text, body)                                                                    \
    HEAD "<head>" title "</head><body><s:text>" text "</s:text>" body "</body></html>"

/** Two directories with templates that a test writes. */
typedef struct site_t {
    apr_pool_t *pool;
    char *shipped, *own;
} site_t;

static char *make_directory(apr_pool_t *pool)
{
    char *path = apr_pstrdup(pool, "/tmp/msa-template-XXXXXX");
    assert_non_null(mkdtemp(path));
    assert_int_equal(apr_dir_make(apr_pstrcat(pool, path, "/page", NULL), APR_OS_DEFAULT, pool), 0);
    assert_int_equal(apr_dir_make(apr_pstrcat(pool, path, "/mail", NULL), APR_OS_DEFAULT, pool), 0);
    assert_int_equal(apr_dir_make(apr_pstrcat(pool, path, "/messages", NULL), APR_OS_DEFAULT, pool),
                     0);
    return path;
}

static void write_bytes(apr_pool_t *pool, const char *directory, const char *name, const char *text)
{
    FILE *file = fopen(apr_pstrcat(pool, directory, "/", name, NULL), "w");
    assert_non_null(file);
    assert_int_equal(fputs(text, file) >= 0, 1);
    assert_int_equal(fclose(file), 0);
}

static int setup(void **state)
{
    site_t *site;
    if (pool_setup(state) != 0)
        return -1;
    site = apr_pcalloc(*state, sizeof(*site));
    site->pool = *state;
    site->shipped = make_directory(site->pool);
    site->own = make_directory(site->pool);
    write_bytes(site->pool, site->shipped, "security.css", "a {}\n");
    *state = site;
    return 0;
}

static void remove_files(apr_pool_t *pool, const char *path)
{
    apr_dir_t *directory;
    apr_finfo_t info;
    assert_int_equal(apr_dir_open(&directory, path, pool), 0);
    while (apr_dir_read(&info, APR_FINFO_NAME | APR_FINFO_TYPE, directory) == APR_SUCCESS) {
        const char *inner = apr_pstrcat(pool, path, "/", info.name, NULL);
        if (info.filetype == APR_REG)
            apr_file_remove(inner, pool);
        else if (info.name[0] != '.')
            remove_files(pool, inner);
    }
    apr_dir_close(directory);
    apr_dir_remove(path, pool);
}

static int teardown(void **state)
{
    site_t *site = *state;
    remove_files(site->pool, site->shipped);
    remove_files(site->pool, site->own);
    *state = site->pool;
    return pool_teardown(state);
}

static const msa_templates_t *load(const site_t *site)
{
    const msa_templates_t *templates = NULL;
    const char *error = NULL;
    if (msa_templates_load(site->pool, site->own, site->shipped, &templates, &error) != APR_SUCCESS)
        fail_msg("%s", error);
    return templates;
}

static const char *refusal(const site_t *site)
{
    const msa_templates_t *templates = NULL;
    const char *error = NULL;
    assert_int_not_equal(
        msa_templates_load(site->pool, site->own, site->shipped, &templates, &error), 0);
    assert_null(templates);
    assert_non_null(error);
    return error;
}

/* The page with this body, filled in, without the frame around it. */
static const char *filled(const site_t *site, const char *text, const msa_values_t *values)
{
    const char *page, *start, *end;
    write_bytes(site->pool, site->shipped, "page/p.html", text);
    page = msa_templates_page(load(site), site->pool, "p", values);
    assert_non_null(page);
    start = strstr(page, "<body>");
    end = strstr(page, "</body>");
    assert_true(start && end);
    return apr_pstrmemdup(site->pool, start + 6, (apr_size_t)(end - start - 6));
}

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

/* ---- filling ---- */

static void every_value_is_escaped_for_its_place(void **state)
{
    site_t *site = *state;
    msa_values_t *values = msa_values_make(site->pool);
    msa_values_set(values, "v", HOSTILE);
    msa_values_set(msa_values_add_row(values, "rows"), "inner", HOSTILE);
    assert_string_equal(filled(site, PAGE("<p s:text=\"v\">sample</p>"), values),
                        "<p>" ESCAPED "</p>");
    assert_string_equal(filled(site, PAGE("<p>a <s:value of=\"v\"/> b</p>"), values),
                        "<p>a " ESCAPED " b</p>");
    assert_string_equal(filled(site, PAGE("<p title=\"x\" s:attr=\"title=v\"/>"), values),
                        "<p title=\"" ESCAPED "\"></p>");
    assert_string_equal(filled(site, PAGE("<textarea s:text=\"v\"/>"), values),
                        "<textarea>" ESCAPED "</textarea>");
    assert_string_equal(
        filled(site, PAGE("<b s:each=\"rows\" s:attr=\"id=inner\" s:text=\"inner\"/>"), values),
        "<b id=\"" ESCAPED "\">" ESCAPED "</b>");
    assert_string_equal(filled(site, PAGE("<a href=\"x\" s:attr=\"href=u\">x</a>"),
                               (msa_values_set(values, "u", "/a?b=\"'&amp;<"), values)),
                        "<a href=\"/a?b=&quot;&#39;&amp;amp;&lt;\">x</a>");
}

static void a_link_never_becomes_a_script(void **state)
{
    site_t *site = *state;
    static const char *const ATTRIBUTES[] = {"href", "src", "action", "formaction", "HREF"};
    static const char *const URLS[][2] = {
        {"javascript:alert(1)",      "#"                       },
        {"JavaScript:alert(1)",      "#"                       },
        {"data:text/html,x",         "#"                       },
        {" javascript:alert(1)",     "#"                       },
        {"java\tscript:alert(1)",    "#"                       },
        {"java\nscript:alert(1)",    "#"                       },
        {"\001javascript:alert(1)",  "#"                       },
        {"x:y",                      "#"                       },
        {"/login?next=/a:b",         "/login?next=/a:b"        },
        {"https://www.example.org/", "https://www.example.org/"},
        {"HTTP://x/",                "HTTP://x/"               },
        {"mailto:a@example.org",     "mailto:a@example.org"    },
        {"?a=b:c",                   "?a=b:c"                  },
        {"#x:y",                     "#x:y"                    },
    };
    for (size_t a = 0; a < COUNT(ATTRIBUTES); a++) {
        const char *name = ATTRIBUTES[a];
        const char *text = apr_psprintf(site->pool, PAGE("<i s:attr=\"%s=u\"/>"), name);
        for (size_t i = 0; i < COUNT(URLS); i++) {
            msa_values_t *values = msa_values_make(site->pool);
            msa_values_set(values, "u", URLS[i][0]);
            assert_string_equal(filled(site, text, values),
                                apr_psprintf(site->pool, "<i %s=\"%s\"></i>", name, URLS[i][1]));
        }
    }
}

static void conditions_loops_and_attributes_follow_the_values(void **state)
{
    site_t *site = *state;
    msa_values_t *values = msa_values_make(site->pool);
    /* clang-format off */
    static const char *const CASES[][2] = {
        {"<p s:if=\"set\">a</p><p s:unless=\"set\">b</p>", "<p>a</p>"},
        {"<p s:if=\"empty\">a</p><p s:unless=\"empty\">b</p>", "<p>b</p>"},
        {"<p s:if=\"none\">a</p><p s:unless=\"none\">b</p>", "<p>b</p>"},
        {"<p s:if=\"rows\">a</p><p s:unless=\"rows\">b</p>", "<p>a</p>"},
        {"<p s:if=\"set\" s:unless=\"none\"><b s:if=\"none\"/></p>", "<p></p>"},
        {"<i s:each=\"none\">a</i>", ""},
        {"<i s:each=\"rows\"><s:value of=\"set\"/></i>", "<i>inner</i><i>outer</i>"},
        {"<i s:each=\"rows\" s:if=\"n\" s:text=\"n\"/>", "<i>1</i>"},
        {"<s:block s:each=\"rows\"><u s:each=\"more\" s:text=\"n\"/></s:block>", "<u>1</u>"},
        {"<i class=\"x\" s:attr=\"class=none\">a</i>", "<i>a</i>"},
        {"<i s:attr=\" id = set ; title=set; \"/>", "<i id=\"outer\" title=\"outer\"></i>"},
        {"<input checked=\"checked\" s:flag=\"checked=none\"/>", "<input>"},
        {"<input s:flag=\"checked=set\"/>", "<input checked>"},
        {"<p s:text=\"none\">sample</p>", "<p></p>"},
    };
    /* clang-format on */
    msa_values_set(values, "set", "outer");
    msa_values_set(values, "empty", "");
    msa_values_set(values, "gone", "x");
    msa_values_set(values, "gone", NULL);
    msa_values_t *row = msa_values_add_row(values, "rows");
    msa_values_set(row, "set", "inner");
    msa_values_set(row, "n", "1");
    msa_values_add_row(row, "more");
    msa_values_add_row(values, "rows");
    assert_null(msa_values_get(values, "gone"));
    for (size_t i = 0; i < COUNT(CASES); i++)
        assert_string_equal(filled(site, apr_psprintf(site->pool, PAGE("%s"), CASES[i][0]), values),
                            CASES[i][1]);
}

static void pages_are_html5(void **state)
{
    site_t *site = *state;
    const char *page;
    write_bytes(site->pool, site->shipped, "page/p.html",
                "<?xml version=\"1.0\"?><!-- why -->" HEAD
                "<head><meta charset=\"utf-8\"/><script>if (a &lt; b &amp;&amp; c) d()</script>"
                "</head><body xml:lang=\"en\">"
                "<!-- gone --><br/><div/><textarea/><input required=\"required\" id=\"a\"/>"
                "<p title=\"&lt;&amp;&quot;'&gt;\">&lt;&amp;&gt;&#160;</p><![CDATA[<b>]]>"
                "</body></html>");
    page = msa_templates_page(load(site), site->pool, "p", msa_values_make(site->pool));
    assert_string_equal(
        page, "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\">"
              "<script>if (a < b && c) d()</script></head><body>"
              "<br><div></div><textarea></textarea><input required id=\"a\">"
              "<p title=\"&lt;&amp;&quot;'&gt;\">&lt;&amp;&gt;\xc2\xa0</p>&lt;b&gt;</body></html>");
    assert_null(msa_templates_page(load(site), site->pool, "q", msa_values_make(site->pool)));
}

/* ---- refusing ---- */

static void broken_templates_are_reported_with_their_line(void **state)
{
    site_t *site = *state;
    /* clang-format off */
    static const char *const CASES[][2] = {
        {"<p>\n<b>x</p>", "page/p.html:3: "},
        {"\n<p s:iff=\"x\"/>", "page/p.html:3: unknown attribute s:iff"},
        {"\n\n<s:loop/>", "page/p.html:4: use <s:value"},
        {"<s:value/>", "page/p.html:2: use <s:value"},
        {"<s:text>x</s:text>", "page/p.html:2: use <s:value"},
        {"<p s:attr=\"onclick=x\"/>", "where a browser would run it"},
        {"<p s:flag=\"onclick=x\"/>", "where a browser would run it"},
        {"<p s:attr=\"style=x\"/>", "where a browser would run it"},
        {"<iframe s:attr=\"srcdoc=x\"/>", "where a browser would run it"},
        {"<script s:attr=\"src=x\"/>", "where a browser would run it"},
        {"<meta http-equiv=\"refresh\" s:attr=\"content=x\"/>", "where a browser would run it"},
        {"<script s:text=\"x\"/>", "script and style cannot contain values"},
        {"<style><s:value of=\"x\"/></style>", "script and style cannot contain"},
        {"<SCRIPT s:text=\"x\"/>", "script and style cannot contain"},
        {"<script>\"&lt;/script>\"</script>", "cannot contain </"},
        {"<p s:attr=\"title\"/>", "attribute=name"},
        {"<p s:attr=\"a b=c\"/>", "attribute=name"},
        {"<p s:attr=\"a=b=c\"/>", "attribute=name"},
        {"<p s:text=\"\"/>", "the name of one value"},
        {"<p s:if=\"not x\"/>", "the name of one value"},
        {"<br s:text=\"x\"/>", "<br> cannot have content"},
        {"<p>&nbsp;</p>", "page/p.html:2: Entity 'nbsp'"},
        {"<p t:if=\"x\"/>", "page/p.html:2: Namespace prefix t"},
        {"<p xmlns:t=\"urn:other\" t:if=\"x\"/>", "unknown namespace urn:other"},
        {"<t:p xmlns:t=\"urn:other\"/>", "unknown namespace urn:other"},
        {"<?php echo 1 ?>", "only elements, text and comments"},
        {"<p s:include=\"page/none.html\"/>", "page/p.html:2: page/none.html does not exist"},
        {"<p s:include=\"../../etc/passwd\"/>", "../../etc/passwd does not exist"},
        {"<p s:include=\"page/p.html\"/>", "endlessly"},
        {"<p s:include=\"security.css\"/>", "security.css:1: "},
        {"<i s:each=\"a\"><i s:each=\"a\"><i s:each=\"a\"><i s:each=\"a\">"
         "<i s:each=\"a\"/></i></i></i></i>",
            "too deep"},
    };
    /* clang-format on */
    for (size_t i = 0; i < COUNT(CASES); i++) {
        write_bytes(site->pool, site->shipped, "page/p.html",
                    apr_psprintf(site->pool, HEAD "<body>\n%s</body></html>", CASES[i][0]));
        assert_contains(refusal(site), CASES[i][1]);
    }
}

static void documents_that_declare_entities_are_refused(void **state)
{
    site_t *site = *state;
    static const char *const DECLARATIONS[] = {
        "<!ENTITY a \"b\">", "<!ENTITY a SYSTEM \"file:///etc/passwd\">",
        "<!ENTITY % a SYSTEM \"file:///etc/passwd\"> %a;", "<!ATTLIST p title CDATA \"x\">"};
    for (size_t i = 0; i < COUNT(DECLARATIONS); i++) {
        write_bytes(
            site->pool, site->shipped, "page/p.html",
            apr_psprintf(site->pool, "<!DOCTYPE html [\n%s]>\n" PAGE("<p>x</p>"), DECLARATIONS[i]));
        assert_contains(refusal(site), "page/p.html:");
    }
    assert_string_equal(
        filled(site, "<!DOCTYPE html>\n" PAGE("<p>x</p>"), msa_values_make(site->pool)),
        "<p>x</p>");
}

static void includes_that_multiply_are_refused(void **state)
{
    site_t *site = *state;
    for (int i = 0; i < 6; i++) {
        const char *next = apr_psprintf(site->pool, "<p s:include=\"page/_%d.html\"/>", i + 1);
        write_bytes(site->pool, site->shipped, apr_psprintf(site->pool, "page/_%d.html", i),
                    apr_psprintf(site->pool, PAGE("%s%s%s%s"), next, next, next, next));
    }
    write_bytes(site->pool, site->shipped, "page/_6.html", PAGE("x"));
    write_bytes(site->pool, site->shipped, "page/p.html", PAGE("<p s:include=\"page/_0.html\"/>"));
    assert_contains(refusal(site), "endlessly");
}

/* ---- finding ---- */

static void a_site_replaces_single_files(void **state)
{
    site_t *site = *state;
    msa_values_t *values = msa_values_make(site->pool);
    const msa_templates_t *templates;
    const char *shipped_etag, *own_etag, *style;
    write_bytes(site->pool, site->shipped, "page/a.html",
                PAGE("shipped a <i s:include=\"page/_x.html\">sample</i>"));
    write_bytes(site->pool, site->shipped, "page/b.html", PAGE("shipped b"));
    write_bytes(site->pool, site->shipped, "page/_x.html", PAGE("shipped x"));
    msa_templates_style(load(site), &shipped_etag);
    write_bytes(site->pool, site->own, "page/_x.html", PAGE("own x"));
    write_bytes(site->pool, site->own, "page/b.html", PAGE("own b"));
    write_bytes(site->pool, site->own, "page/c.html", "not looked at");
    write_bytes(site->pool, site->own, "security.css", "b {}\n");
    templates = load(site);
    assert_contains(msa_templates_page(templates, site->pool, "a", values),
                    "shipped a <i>own x</i>");
    assert_contains(msa_templates_page(templates, site->pool, "b", values), "own b");
    assert_null(msa_templates_page(templates, site->pool, "_x", values));
    assert_null(msa_templates_page(templates, site->pool, "c", values));
    style = msa_templates_style(templates, &own_etag);
    assert_string_equal(style, "b {}\n");
    assert_string_not_equal(own_etag, shipped_etag);
    write_bytes(site->pool, site->own, "page/b.html", "<p>");
    assert_contains(refusal(site), apr_pstrcat(site->pool, site->own, "/page/b.html:1: ", NULL));
}

static void missing_directories_and_huge_files_are_reported(void **state)
{
    site_t *site = *state;
    const msa_templates_t *templates = NULL;
    const char *error = NULL;
    char *huge = apr_pcalloc(site->pool, 300001);
    assert_int_not_equal(msa_templates_load(site->pool, NULL, "/nowhere", &templates, &error), 0);
    assert_contains(error, "/nowhere/page");
    memset(huge, ' ', 300000);
    write_bytes(site->pool, site->own, "security.css", huge);
    assert_contains(refusal(site), "security.css: it is larger than");
    apr_file_remove(apr_pstrcat(site->pool, site->own, "/security.css", NULL), site->pool);
    apr_file_remove(apr_pstrcat(site->pool, site->shipped, "/security.css", NULL), site->pool);
    assert_contains(refusal(site), "security.css: it cannot be read");
}

/* ---- mails ---- */

static void a_mail_has_a_subject_a_text_and_a_page(void **state)
{
    site_t *site = *state;
    msa_values_t *values = msa_values_make(site->pool);
    msa_mail_parts_t parts;
    write_bytes(site->pool, site->shipped, "mail/m.html",
                MAIL("<title>Hello <s:value of=\"v\"/></title>",
                     "\nDear <s:value of=\"v\"/>,\n<s:block s:if=\"none\">\nno\n</s:block>\n\n"
                     "  1 &lt; 2\n-- \nus\n",
                     "<p s:text=\"v\"/>"));
    msa_values_set(values, "v", "<b>\r\nBcc: x");
    assert_int_equal(msa_templates_mail(load(site), site->pool, "m", values, &parts), 0);
    assert_string_equal(parts.subject, "Hello <b>  Bcc: x");
    assert_string_equal(parts.text, "Dear <b>  Bcc: x,\n\n  1 < 2\n-- \nus\n");
    assert_contains(parts.html, "<body><p>&lt;b&gt;\r\nBcc: x</p></body>");
    assert_lacks(parts.html, "Dear");
    assert_int_equal(msa_templates_mail(load(site), site->pool, "n", values, &parts), APR_NOTFOUND);
    write_bytes(site->pool, site->shipped, "mail/m.html", PAGE("no title, no text"));
    assert_contains(refusal(site), "mail/m.html:1: a mail must have a <title>");
}

/* ---- messages ---- */

static void a_site_replaces_single_messages(void **state)
{
    site_t *site = *state;
    const msa_messages_t *messages = NULL;
    const char *error = NULL;
    write_bytes(site->pool, site->shipped, "messages/en.txt",
                "# a comment\n\nA = one\n  B =two = 2 \nC = three");
    write_bytes(site->pool, site->own, "messages/en.txt", "B = our own\n");
    assert_int_equal(
        msa_messages_load(site->pool, site->own, site->shipped, "en", &messages, &error), 0);
    assert_string_equal(msa_messages_text(messages, "A"), "one");
    assert_string_equal(msa_messages_text(messages, "B"), "our own");
    assert_string_equal(msa_messages_text(messages, "C"), "three");
    assert_string_equal(msa_messages_text(messages, "NONE"), "NONE");
    assert_int_equal(msa_messages_load(site->pool, NULL, site->shipped, "en", &messages, &error),
                     0);
    assert_string_equal(msa_messages_text(messages, "B"), "two = 2");
}

static void a_site_speaks_a_language_of_its_own_and_english_where_it_has_no_text(void **state)
{
    site_t *site = *state;
    const msa_messages_t *messages = NULL;
    const char *error = NULL;
    write_bytes(site->pool, site->shipped, "messages/en.txt", "A = one\nB = two\n");
    write_bytes(site->pool, site->own, "messages/pt-BR.txt", "B = dois\n");
    assert_int_equal(
        msa_messages_load(site->pool, site->own, site->shipped, "pt-BR", &messages, &error), 0);
    assert_string_equal(msa_messages_text(messages, "A"), "one");
    assert_string_equal(msa_messages_text(messages, "B"), "dois");
    assert_int_not_equal(
        msa_messages_load(site->pool, site->own, site->shipped, "pt", &messages, &error), 0);
    assert_contains(error, "/messages/pt.txt");
}

static void broken_messages_are_reported_with_their_line(void **state)
{
    site_t *site = *state;
    const msa_messages_t *messages = NULL;
    const char *error = NULL;
    const char *too_long = apr_psprintf(site->pool, "A = %01100d\n", 1);
    const char *const BROKEN[] = {"no equals sign\n", "A =\n", "= text\n", "A = \xff\n", too_long};
    for (size_t i = 0; i < COUNT(BROKEN); i++) {
        write_bytes(site->pool, site->shipped, "messages/en.txt",
                    apr_pstrcat(site->pool, "# one\n", BROKEN[i], NULL));
        assert_int_not_equal(
            msa_messages_load(site->pool, NULL, site->shipped, "en", &messages, &error), 0);
        assert_contains(error, "messages/en.txt:2: ");
    }
    assert_int_not_equal(
        msa_messages_load(site->pool, NULL, site->shipped, "tlh", &messages, &error), 0);
    assert_contains(error, "tlh.txt");
    assert_int_not_equal(
        msa_messages_load(site->pool, NULL, site->shipped, "../en", &messages, &error), 0);
    assert_contains(error, "is not a language");
    assert_null(messages);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_value_is_escaped_for_its_place, setup, teardown),
        cmocka_unit_test_setup_teardown(a_link_never_becomes_a_script, setup, teardown),
        cmocka_unit_test_setup_teardown(conditions_loops_and_attributes_follow_the_values, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(pages_are_html5, setup, teardown),
        cmocka_unit_test_setup_teardown(broken_templates_are_reported_with_their_line, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(documents_that_declare_entities_are_refused, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(includes_that_multiply_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_site_replaces_single_files, setup, teardown),
        cmocka_unit_test_setup_teardown(missing_directories_and_huge_files_are_reported, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_mail_has_a_subject_a_text_and_a_page, setup, teardown),
        cmocka_unit_test_setup_teardown(a_site_replaces_single_messages, setup, teardown),
        cmocka_unit_test_setup_teardown(
            a_site_speaks_a_language_of_its_own_and_english_where_it_has_no_text, setup, teardown),
        cmocka_unit_test_setup_teardown(broken_messages_are_reported_with_their_line, setup,
                                        teardown),
    };
    return cmocka_run_group_tests_name("template", tests, pool_group_setup, pool_group_teardown);
}
