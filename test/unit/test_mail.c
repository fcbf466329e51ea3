/* SPDX-License-Identifier: Apache-2.0 */
#include "../../src/mail/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <apr_base64.h>
#include <apr_general.h>
#include <apr_strings.h>

/* Code points of four bytes each, so that no round number of bytes ends between two. */
#define KEYS "\xf0\x9f\x94\x91\xf0\x9f\x94\x91\xf0\x9f\x94\x91\xf0\x9f\x94\x91\xf0\x9f\x94\x91"

static apr_pool_t *pool;

static int setup(void **state)
{
    (void)state;
    if (apr_initialize() != APR_SUCCESS)
        return -1;
    return apr_pool_create(&pool, NULL) == APR_SUCCESS ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    apr_pool_destroy(pool);
    return 0;
}

static msa_message_t sample(void)
{
    return (msa_message_t){.message_id = "0123456789abcdef@example.org",
                           .sender = "no-reply@example.org",
                           .recipient = "ann@example.org",
                           .subject = "Welcome",
                           .date = apr_time_from_sec(1700000000),
                           .text = "Hello Ann,\n\nhttps://www.example.org/confirm/x\n",
                           .html = "<p>Hello <b>Ann</b></p>\n"};
}

static const char *compose(const msa_message_t *message)
{
    const char *out = NULL;
    apr_size_t length = 0;
    assert_int_equal(msa_message_compose(pool, message, &out, &length), APR_SUCCESS);
    assert_int_equal(strlen(out), length);
    return out;
}

/* The unfolded value of a header, which must occur exactly once. */
static const char *header(const char *message, const char *name)
{
    const char *end = strstr(message, "\n\n");
    const char *value = NULL;
    size_t length = strlen(name);
    for (const char *line = message; line < end; line = strchr(line, '\n') + 1) {
        const char *stop = strchr(line, '\n');
        if (value && line[0] == ' ') {
            value = apr_pstrcat(pool, value, apr_pstrmemdup(pool, line, stop - line), NULL);
        } else if (strncmp(line, name, length) == 0 && line[length] == ':') {
            assert_null(value);
            value = apr_pstrmemdup(pool, line + length + 1, stop - line - length - 1);
        } else if (value) {
            break;
        }
    }
    return value ? value + strspn(value, " ") : NULL;
}

static void check_lines(const char *message, size_t longest)
{
    for (const char *line = message; *line; line = strchr(line, '\n') + 1) {
        const char *end = strchr(line, '\n');
        assert_non_null(end);
        assert_true((size_t)(end - line) <= longest);
        for (const char *c = line; c < end; c++)
            assert_true(*c >= ' ' && *c <= '~');
    }
}

/* Joins the encoded words of a header (RFC 2047); each must be whole UTF-8 of at most 75 bytes. */
static const char *decode_words(const char *value)
{
    const char *text = "";
    while (strncmp(value, "=?utf-8?B?", 10) == 0) {
        const char *end = strstr(value + 10, "?=");
        const char *base64;
        char *bytes;
        assert_non_null(end);
        assert_true(end + 2 - value <= 75);
        base64 = apr_pstrmemdup(pool, value + 10, end - value - 10);
        bytes = apr_pcalloc(pool, apr_base64_decode_len(base64) + 1);
        apr_base64_decode(bytes, base64);
        assert_true((bytes[0] & 0xc0) != 0x80);
        text = apr_pstrcat(pool, text, bytes, NULL);
        value = end + 2 + strspn(end + 2, " ");
    }
    return apr_pstrcat(pool, text, value, NULL);
}

static const char *decode_quoted(const char *body)
{
    char *text = apr_pcalloc(pool, strlen(body) + 1);
    char *end = text;
    while (*body) {
        if (body[0] == '=' && body[1] == '\n') {
            body += 2;
        } else if (body[0] == '=') {
            *end++ = (char)strtol(apr_pstrmemdup(pool, body + 1, 2), NULL, 16);
            body += 3;
        } else {
            *end++ = *body++;
        }
    }
    return text;
}

static const char *decode_base64(const char *body)
{
    char *flat = apr_pcalloc(pool, strlen(body) + 1);
    char *bytes, *end = flat;
    for (; *body; body++) {
        if (*body != '\n')
            *end++ = *body;
    }
    bytes = apr_pcalloc(pool, apr_base64_decode_len(flat) + 1);
    apr_base64_decode(bytes, flat);
    /* Lines end as they do on the wire (RFC 2045 section 6.8). */
    end = bytes;
    for (const char *c = bytes; *c; c++) {
        assert_true(*c != '\n' || (c > bytes && c[-1] == '\r'));
        if (*c != '\r')
            *end++ = *c;
    }
    *end = '\0';
    return bytes;
}

/* The decoded body of a message with one part. */
static const char *body_of(const char *message)
{
    const char *encoding = header(message, "Content-Transfer-Encoding");
    const char *body = strstr(message, "\n\n") + 2;
    if (strcmp(encoding, "base64") == 0)
        return decode_base64(body);
    assert_string_equal(encoding, "quoted-printable");
    return decode_quoted(body);
}

static void a_message_has_every_header_a_mailer_looks_for(void **state)
{
    msa_message_t message = sample();
    const char *out = compose(&message);
    (void)state;
    assert_string_equal(header(out, "From"), "no-reply@example.org");
    assert_string_equal(header(out, "To"), "ann@example.org");
    assert_string_equal(header(out, "Subject"), "Welcome");
    assert_string_equal(header(out, "Date"), "Tue, 14 Nov 2023 22:13:20 +0000");
    assert_string_equal(header(out, "Message-ID"), "<0123456789abcdef@example.org>");
    assert_string_equal(header(out, "MIME-Version"), "1.0");
    assert_string_equal(header(out, "Auto-Submitted"), "auto-generated");
    assert_string_equal(header(out, "Content-Type"),
                        "multipart/alternative; boundary=\"=_security_part\"");
    check_lines(out, 78);
}

static void text_and_html_are_two_parts_and_a_single_one_is_not_multipart(void **state)
{
    msa_message_t message = sample();
    const char *out = compose(&message), *first, *second;
    (void)state;
    first = strstr(out, "\n--=_security_part\n");
    assert_non_null(first);
    assert_non_null(strstr(first, "Content-Type: text/plain; charset=utf-8\n"));
    assert_non_null(strstr(first, "https://www.example.org/confirm/x\n"));
    second = strstr(first + 2, "\n--=_security_part\n");
    assert_non_null(second);
    assert_non_null(strstr(second, "Content-Type: text/html; charset=utf-8\n"));
    assert_non_null(strstr(second, "\n--=_security_part--\n"));
    message.html = NULL;
    assert_string_equal(body_of(compose(&message)), message.text);
    message = sample();
    message.text = NULL;
    assert_string_equal(body_of(compose(&message)), message.html);
    message.html = NULL;
    assert_int_equal(msa_message_compose(pool, &message, &out, &(apr_size_t){0}), APR_EINVAL);
}

static void any_body_comes_back_unchanged(void **state)
{
    static const char *const BODIES[] = {
        "",
        "one line without an end",
        "trailing blank \nand tab\t\nand at the end ",
        ".\n.two\nFrom here\n--=_security_part--\n=3D\n",
        "K\xc3\xb6ln gr\xc3\xbc\xc3\x9ft, at such length that it is more than one line of text\n",
        "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe3\x81\xae\xe6\x9c\xac\xe6\x96\x87\n",
        "\x01\x7f\x1b[0m\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(BODIES) / sizeof(BODIES[0]); i++) {
        msa_message_t message = sample();
        const char *out, *body;
        message.html = NULL;
        message.text = BODIES[i];
        out = compose(&message);
        check_lines(out, 78);
        check_lines(strstr(out, "\n\n") + 2, 76);
        body = body_of(out);
        assert_memory_equal(body, BODIES[i], strlen(BODIES[i]));
        assert_true(!body[strlen(BODIES[i])] || strcmp(body + strlen(BODIES[i]), "\n") == 0);
    }
}

static void no_line_of_a_body_means_anything_to_a_mailer(void **state)
{
    char text[400] = "";
    msa_message_t message = sample();
    const char *out;
    (void)state;
    message.html = NULL;
    message.text = text;
    /* Wherever a line is broken, the next must not begin with "." or "From ". */
    for (int i = 60; i < 90; i++) {
        memset(text, 'x', sizeof(text) - 1);
        memcpy(text + i, ".", 1);
        memcpy(text + i + 75, "From ", 5);
        out = strstr(compose(&message), "\n\n") + 1;
        check_lines(out + 1, 76);
        assert_null(strstr(out, "\n."));
        assert_null(strstr(out, "\nFrom "));
        assert_memory_equal(decode_quoted(out + 1), text, sizeof(text) - 1);
    }
}

static void any_subject_comes_back_unchanged(void **state)
{
    static const char *const SUBJECTS[] = {
        "Welcome",
        "",
        "=?utf-8?B?SGFoYQ==?=",
        "100 % \"sure\" <b>&amp;</b>",
        "W\xc3\xa4lkommen",
        KEYS KEYS KEYS,
        "a subject of many words that does not fit on one line any more, and goes on",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(SUBJECTS) / sizeof(SUBJECTS[0]); i++) {
        msa_message_t message = sample();
        const char *out;
        message.subject = SUBJECTS[i];
        out = compose(&message);
        check_lines(out, 78);
        assert_string_equal(decode_words(header(out, "Subject")), SUBJECTS[i]);
    }
}

static void a_sender_may_have_a_name(void **state)
{
    static const struct {
        const char *sender, *header;
    } CASES[] = {
        {"Ann Example <ann@example.org>",         "\"Ann Example\" <ann@example.org>"             },
        {"\"Ann\" <ann@example.org>",             "\"Ann\" <ann@example.org>"                     },
        {"A \"B\", C <ann@example.org>",          "\"A \\\"B\\\", C\" <ann@example.org>"          },
        {"<ann@example.org>",                     "ann@example.org"                               },
        {"K\xc3\xb6ln <ann@k\xc3\xb6ln.example>", "=?utf-8?B?S8O2bG4=?= <ann@xn--kln-sna.example>"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        msa_message_t message = sample();
        message.sender = CASES[i].sender;
        assert_string_equal(header(compose(&message), "From"), CASES[i].header);
    }
}

static void a_domain_travels_as_a_labels_and_a_local_part_as_it_is(void **state)
{
    const char *wire = NULL;
    (void)state;
    assert_int_equal(msa_message_address(pool,
                                         "ann@b\xc3\xbc"
                                         "cher.example",
                                         &wire),
                     APR_SUCCESS);
    assert_string_equal(wire, "ann@xn--bcher-kva.example");
    assert_int_equal(msa_message_address(pool, "j\xc3\xb6rg@example.org", &wire), APR_SUCCESS);
    assert_string_equal(wire, "j\xc3\xb6rg@example.org");
    assert_int_equal(msa_message_address(pool, "-oQ/tmp@example.org", &wire), APR_SUCCESS);
    assert_int_equal(msa_message_address(pool, "root@localhost", &wire), APR_SUCCESS);
}

static void what_is_not_a_single_address_is_refused(void **state)
{
    static const char *const ADDRESSES[] = {
        "",
        "ann",
        "@example.org",
        "ann@",
        "a b@example.org",
        "ann@exa mple.org",
        "ann@example.org,bob@example.org",
        "ann@example.org, bob",
        "<ann@example.org>",
        "ann@@example.org",
        "ann@example..org",
        ".ann@example.org",
        "ann.@example.org",
        "a..b@example.org",
        "\"ann\"@example.org",
        "ann(x)@example.org",
        "ann@example.org\n",
        "ann@example.org\r\nBcc: eve@example.org",
        "ann\r\nBcc:eve@example.org",
        "ann@[127.0.0.1]",
        "ann@-example.org",
        "ann@example.org.",
        "ann;eve@example.org",
        "ann:eve@example.org",
        "\xff@example.org",
        "ann@\xff.org",
    };
    const char *wire = "untouched";
    (void)state;
    for (size_t i = 0; i < sizeof(ADDRESSES) / sizeof(ADDRESSES[0]); i++) {
        msa_message_t message = sample();
        const char *out = NULL;
        apr_size_t length = 0;
        assert_int_equal(msa_message_address(pool, ADDRESSES[i], &wire), APR_EINVAL);
        message.recipient = ADDRESSES[i];
        assert_int_equal(msa_message_compose(pool, &message, &out, &length), APR_EINVAL);
    }
    assert_string_equal(wire, "untouched");
}

static void nothing_breaks_out_of_a_header(void **state)
{
    static const char *const VALUES[] = {
        "x\nBcc: eve@example.org",
        "x\r\nBcc: eve@example.org",
        "x\rBcc: eve@example.org",
        "x\n\nbody",
        "\n",
        "x\tx",
        "x\x7f",
        "\xc3\x28",
        "x\xe2\x80\xa8x\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(VALUES) / sizeof(VALUES[0]); i++) {
        const char *out = NULL;
        apr_size_t length = 0;
        msa_message_t message = sample();
        message.subject = VALUES[i];
        assert_int_equal(msa_message_compose(pool, &message, &out, &length), APR_EINVAL);
        message = sample();
        message.sender = apr_pstrcat(pool, VALUES[i], " <no-reply@example.org>", NULL);
        assert_int_equal(msa_message_compose(pool, &message, &out, &length), APR_EINVAL);
        message = sample();
        message.message_id = apr_pstrcat(pool, VALUES[i], "@example.org", NULL);
        assert_int_equal(msa_message_compose(pool, &message, &out, &length), APR_EINVAL);
        assert_null(out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_message_has_every_header_a_mailer_looks_for, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(
            text_and_html_are_two_parts_and_a_single_one_is_not_multipart, setup, teardown),
        cmocka_unit_test_setup_teardown(any_body_comes_back_unchanged, setup, teardown),
        cmocka_unit_test_setup_teardown(no_line_of_a_body_means_anything_to_a_mailer, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(any_subject_comes_back_unchanged, setup, teardown),
        cmocka_unit_test_setup_teardown(a_sender_may_have_a_name, setup, teardown),
        cmocka_unit_test_setup_teardown(a_domain_travels_as_a_labels_and_a_local_part_as_it_is,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_not_a_single_address_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_breaks_out_of_a_header, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
