/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include "../../src/mail/message.h"

#include <string.h>

#include <apr_strings.h>

#define LINE_MAX_BYTES 998 /* RFC 5322 section 2.1.1 */

const char fuzz_name[] = "message";

/* Every header line is one of ours or continues one. */
static void check_headers(const char *message)
{
    static const char *const NAMES[] = {
        "From:",           "To:",           "Subject:",
        "Date:",           "Message-ID:",   "MIME-Version:",
        "Auto-Submitted:", "Content-Type:", "Content-Transfer-Encoding:"};
    while (*message != '\n') {
        size_t i = 0, count = sizeof(NAMES) / sizeof(NAMES[0]);
        while (i < count && strncmp(message, NAMES[i], strlen(NAMES[i])) != 0)
            i++;
        fuzz_require(i < count || *message == ' ');
        fuzz_require(strcspn(message, "\n") <= LINE_MAX_BYTES);
        message += strcspn(message, "\n") + 1;
        fuzz_require(*message);
    }
}

static void check(apr_pool_t *pool, const msa_message_t *message)
{
    const char *out = NULL;
    apr_size_t length = 0;
    if (msa_message_compose(pool, message, &out, &length) != APR_SUCCESS)
        return;
    fuzz_require(strlen(out) == length && out[length - 1] == '\n');
    fuzz_require(!strchr(out, '\r'));
    check_headers(out);
}

/* The input as each of the texts that people can choose. */
void fuzz_text(apr_pool_t *pool, const char *text, size_t length)
{
    msa_message_t message = {.message_id = "1@example.org",
                             .sender = "Site <no-reply@example.org>",
                             .recipient = "ann@example.org",
                             .subject = "Welcome",
                             .text = "text",
                             .html = "<p>text</p>"};
    msa_message_t other = message;
    (void)length;
    other.subject = text;
    check(pool, &other);
    other = message;
    other.recipient = text;
    check(pool, &other);
    other = message;
    other.sender = text;
    check(pool, &other);
    other.sender = apr_pstrcat(pool, text, " <no-reply@example.org>", NULL);
    check(pool, &other);
    other = message;
    other.text = other.html = text;
    check(pool, &other);
}
