/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include "../../src/wire/record.h"
#include "../../src/wire/packet.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#define TAGS 8 /* those of the corpus, and some that never occur */

const char fuzz_name[] = "wire";

/* Every field is inside the message, after the one before it, with a NUL after its bytes. */
static void check_fields(const msa_packet_head_t *head, int tag)
{
    const char *start = (const char *)head, *end = start + head->size, *bytes;
    apr_size_t at = 0, before = sizeof(*head), length = 0;
    while ((bytes = msa_packet_next(head, tag, &at, &length))) {
        fuzz_require(bytes >= start + before + 8 && length < (apr_size_t)(end - bytes));
        fuzz_require(bytes[length] == '\0');
        fuzz_require(at > before && at <= head->size && at % 4 == 0);
        before = at;
    }
}

static void check_message(const msa_packet_head_t *head)
{
    for (int tag = 0; tag < TAGS; tag++) {
        apr_size_t length = 0;
        const char *text = msa_packet_text(head, tag);
        check_fields(head, tag);
        if (!text)
            continue;
        fuzz_require(text == msa_packet_bytes(head, tag, &length) && strlen(text) == length);
        fuzz_require(length == 8 || msa_packet_number(head, tag, 5) == 5);
    }
}

/* What was read can be written again and reads the same. */
static void check_copy(apr_pool_t *pool, const msa_packet_head_t *head)
{
    msa_packet_t copy = msa_packet_begin(apr_palloc(pool, head->size), head->size, head->kind);
    apr_size_t at = 0, length = 0, copied = 0;
    const char *bytes;
    while ((bytes = msa_packet_next(head, 1, &at, &length)))
        msa_packet_add(&copy, 1, bytes, length);
    fuzz_require(!copy.is_full && msa_packet_is_sound(copy.head, copy.head->size));
    at = 0;
    while ((bytes = msa_packet_next(head, 1, &at, &length))) {
        apr_size_t copied_length = 0;
        const char *same = msa_packet_next(copy.head, 1, &copied, &copied_length);
        fuzz_require(same && copied_length == length && memcmp(same, bytes, length) == 0);
    }
}

/* A name is in a list when it is between two commas, counting one at either end of the list. */
static void check_list(const msa_record_t *record, apr_uint16_t list)
{
    const char *names = msa_record_text(record, list);
    apr_size_t length = strlen(names);
    char *enclosed = malloc(length + 3);
    fuzz_require(enclosed != NULL);
    enclosed[0] = enclosed[length + 1] = ',';
    memcpy(enclosed + 1, names, length);
    enclosed[length + 2] = '\0';
    fuzz_require(msa_record_has(record, list, "editor", 6) ==
                 (strstr(enclosed, ",editor,") != NULL));
    free(enclosed);
}

static void check_known(const msa_record_t *record)
{
    const apr_uint16_t texts[] = {record->id_text,    record->email,           record->username,
                                  record->method,     record->roles,           record->permissions,
                                  record->held_roles, record->held_permissions};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        const char *text = msa_record_text(record, texts[i]);
        fuzz_require(text + strlen(text) < (const char *)record + record->size);
    }
    check_list(record, record->roles);
    check_list(record, record->permissions);
    check_list(record, record->held_roles);
    check_list(record, record->held_permissions);
}

/* Checks what came over a socket, and what was in a record, in aligned memory of its own; also with
 * its true size at the front, as a forger would write it. */
static void check(apr_pool_t *pool, const char *text, size_t length, bool is_size_mended)
{
    void *bytes = malloc(length ? length : 1);
    apr_uint32_t size = (apr_uint32_t)length;
    memcpy(bytes, text, length);
    if (is_size_mended && length >= sizeof(size))
        memcpy(bytes, &size, sizeof(size));
    if (msa_packet_is_sound(bytes, length)) {
        check_message(bytes);
        check_copy(pool, bytes);
    }
    if (msa_record_is_sound(bytes, length))
        check_known(bytes);
    free(bytes);
}

void fuzz_text(apr_pool_t *pool, const char *text, size_t length)
{
    check(pool, text, length, false);
    check(pool, text, length, true);
    check(pool, text, length - length % 4, true);
}
