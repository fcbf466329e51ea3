/* SPDX-License-Identifier: Apache-2.0 */
#include "pool.h"

#include "../../src/wire/record.h"
#include "../../src/wire/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <apr_strings.h>

#define EPOCH 77

static apr_array_header_t *names(apr_pool_t *pool, const char *prefix, int count)
{
    apr_array_header_t *made = apr_array_make(pool, count + 1, sizeof(const char *));
    for (int i = 0; i < count; i++)
        APR_ARRAY_PUSH(made, const char *) = apr_psprintf(pool, "%s%d", prefix, i);
    return made;
}

static msa_identity_t *ann(apr_pool_t *pool)
{
    msa_identity_t *made = apr_pcalloc(pool, sizeof(*made));
    made->user_id = 42;
    made->ticket_id = 7;
    made->purpose = MSA_PURPOSE_SESSION;
    made->method = "session";
    made->email = "ann@example.org";
    made->username = "Ann";
    made->fs_uniquifier = "0123456789abcdef";
    made->family = "f9f9f9f9";
    made->audience = "example.org";
    made->roles = made->held_roles = names(pool, "role", 3);
    made->permissions = made->held_permissions = names(pool, "may", 2);
    made->is_confirmed = true;
    made->issued_at = 1000;
    made->fresh_at = 1001;
    made->expires_at = 2000;
    memset(made->digest, 0xAB, sizeof(made->digest));
    return made;
}

static const msa_record_t *pack(apr_pool_t *pool, const msa_identity_t *identity)
{
    const char *why = "";
    const msa_record_t *record = msa_record_pack(pool, identity, EPOCH, &why);
    assert_non_null(record);
    assert_true(msa_record_is_sound(record, record->size));
    return record;
}

static void a_block_identifies_its_user(void **state)
{
    const msa_identity_t *identity = ann(*state);
    const msa_record_t *record = pack(*state, identity);
    assert_true(record->epoch == EPOCH && record->user_id == 42 && record->ticket_id == 7);
    assert_true(record->issued_at == 1000 && record->fresh_at == 1001 &&
                record->expires_at == 2000);
    assert_true(record->is_confirmed && !record->is_from_flask);
    assert_int_equal(record->purpose, MSA_PURPOSE_SESSION);
    assert_int_equal(record->user_slot, msa_table_user_slot(42));
    assert_int_equal(record->ticket_slot, msa_table_ticket_slot(identity->digest));
    assert_string_equal(msa_record_text(record, record->id_text), "42");
    assert_string_equal(msa_record_text(record, record->email), "ann@example.org");
    assert_string_equal(msa_record_text(record, record->username), "Ann");
    assert_string_equal(msa_record_text(record, record->method), "session");
    assert_string_equal(msa_record_text(record, record->roles), "role0,role1,role2");
    assert_string_equal(msa_record_text(record, record->permissions), "may0,may1");
    assert_string_equal(msa_record_text(record, record->held_roles), "role0,role1,role2");
    assert_string_equal(msa_record_text(record, record->held_permissions), "may0,may1");
}

static bool contains(const msa_record_t *record, const void *bytes, apr_size_t length)
{
    return memmem(record, record->size, bytes, length) != NULL;
}

static void a_block_proves_nothing(void **state)
{
    const msa_identity_t *identity = ann(*state);
    const msa_record_t *record = pack(*state, identity);
    assert_true(contains(record, "ann@example.org", 15));
    assert_false(contains(record, identity->fs_uniquifier, 8));
    assert_false(contains(record, identity->family, 8));
    assert_false(contains(record, identity->digest, 8));
}

static bool has(const msa_record_t *record, apr_uint16_t list, const char *name)
{
    return msa_record_has(record, list, name, strlen(name));
}

static void names_are_found_whole(void **state)
{
    const msa_record_t *record = pack(*state, ann(*state));
    assert_true(has(record, record->roles, "role0"));
    assert_true(has(record, record->roles, "role2"));
    assert_false(has(record, record->roles, "role3"));
    assert_false(has(record, record->roles, "role"));
    assert_false(has(record, record->roles, "ole0"));
    assert_false(has(record, record->roles, "may0"));
    assert_false(has(record, record->roles, "role"));
    assert_false(has(record, record->roles, "role00"));
    assert_false(has(record, record->roles, ""));
}

static void without_roles_and_username_the_texts_are_empty(void **state)
{
    msa_identity_t *identity = ann(*state);
    const msa_record_t *record;
    identity->username = NULL;
    identity->roles = identity->permissions = names(*state, "", 0);
    record = pack(*state, identity);
    assert_string_equal(msa_record_text(record, record->username), "");
    assert_string_equal(msa_record_text(record, record->roles), "");
    assert_false(has(record, record->roles, "role0"));
    assert_true(has(record, record->held_roles, "role0"));
}

static void a_thousand_roles_fit(void **state)
{
    msa_identity_t *identity = ann(*state);
    const msa_record_t *record;
    identity->roles = identity->held_roles = names(*state, "department-of-things-", 1000);
    record = pack(*state, identity);
    assert_true(record->size < MSA_RECORD_BYTES_MAX);
    assert_true(has(record, record->roles, "department-of-things-999"));
    assert_false(has(record, record->roles, "department-of-things-1000"));
}

static void too_many_roles_are_refused_and_never_cut(void **state)
{
    msa_identity_t *identity = ann(*state);
    const char *why = NULL;
    identity->roles = identity->held_roles = names(*state, "department-of-things-", 1500);
    assert_null(msa_record_pack(*state, identity, EPOCH, &why));
    assert_string_equal(why, "too many roles and permissions");
}

/* The last role fills the room that is left. */
static void a_block_may_be_full_to_the_last_byte(void **state)
{
    msa_identity_t *identity = ann(*state);
    apr_size_t used = pack(*state, identity)->size;
    apr_size_t length = MSA_RECORD_BYTES_MAX - used - 1;
    char *name = apr_pcalloc(*state, length + 2);
    const char *why = NULL;
    memset(name, 'x', length);
    APR_ARRAY_PUSH((apr_array_header_t *)identity->roles, const char *) = name;
    assert_int_equal(pack(*state, identity)->size, MSA_RECORD_BYTES_MAX);
    name[length] = 'x';
    assert_null(msa_record_pack(*state, identity, EPOCH, &why));
}

static void names_that_could_forge_a_line_are_refused(void **state)
{
    static const char *const NAMES[] = {
        "a\r\nX-Role: root",   "a\nb", "\x01", "\x7f", "a\xE2\x80\xAEgro", "\xC3(",
        "zero\xE2\x80\x8Bwide"};
    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        msa_identity_t *identity = ann(*state);
        const char *why = NULL;
        identity->username = NAMES[i];
        assert_null(msa_record_pack(*state, identity, EPOCH, &why));
        assert_string_equal(why, "control or invisible characters in the name");
        identity->username = NULL;
        identity->email = NAMES[i];
        assert_null(msa_record_pack(*state, identity, EPOCH, &why));
    }
}

static void nobody_is_without_an_address(void **state)
{
    msa_identity_t *identity = ann(*state);
    const char *why = NULL;
    identity->email = "";
    assert_null(msa_record_pack(*state, identity, EPOCH, &why));
    assert_non_null(why);
}

static void without_a_ticket_only_the_user_can_change(void **state)
{
    msa_identity_t *identity = ann(*state);
    identity->ticket_id = 0;
    assert_int_equal(pack(*state, identity)->ticket_slot, msa_table_user_slot(42));
    identity->is_from_flask = true;
    assert_int_equal(pack(*state, identity)->ticket_slot, msa_table_ticket_slot(identity->digest));
}

/* ---- foreign bytes ---- */

/* A copy with nothing after it, so that the sanitizers see a byte too many. */
static msa_record_t *copy_of(const msa_record_t *record)
{
    msa_record_t *copy = malloc(record->size);
    memcpy(copy, record, record->size);
    return copy;
}

static void a_block_of_another_length_is_unsound(void **state)
{
    const msa_record_t *record = pack(*state, ann(*state));
    for (apr_size_t length = 0; length < record->size; length++) {
        msa_record_t *part = malloc(length + 1);
        memcpy(part, record, length);
        assert_false(msa_record_is_sound(part, length));
        free(part);
    }
}

static void every_offset_must_be_inside(void **state)
{
    static const apr_size_t OFFSETS[] = {
        offsetof(msa_record_t, id_text),    offsetof(msa_record_t, email),
        offsetof(msa_record_t, username),   offsetof(msa_record_t, method),
        offsetof(msa_record_t, roles),      offsetof(msa_record_t, permissions),
        offsetof(msa_record_t, held_roles), offsetof(msa_record_t, held_permissions),
    };
    const msa_record_t *record = pack(*state, ann(*state));
    apr_size_t room = record->size - offsetof(msa_record_t, texts);
    for (size_t i = 0; i < sizeof(OFFSETS) / sizeof(OFFSETS[0]); i++) {
        msa_record_t *copy = copy_of(record);
        apr_uint16_t *offset = (apr_uint16_t *)((char *)copy + OFFSETS[i]);
        *offset = (apr_uint16_t)(room - 1);
        assert_true(msa_record_is_sound(copy, copy->size));
        *offset = (apr_uint16_t)room;
        assert_false(msa_record_is_sound(copy, copy->size));
        *offset = 0xFFFF;
        assert_false(msa_record_is_sound(copy, copy->size));
        free(copy);
    }
}

static void the_last_byte_must_be_a_nul(void **state)
{
    msa_record_t *copy = copy_of(pack(*state, ann(*state)));
    ((char *)copy)[copy->size - 1] = ',';
    assert_false(msa_record_is_sound(copy, copy->size));
    free(copy);
}

/* Whatever the list contains, looking for a name never leads beyond the end. */
static void any_text_is_a_list(void **state)
{
    static const char *const LISTS[] = {
        ",", ",,", "role0,", ",role0", "role", "role0,role1,role", "role0 ", "a"};
    for (size_t i = 0; i < sizeof(LISTS) / sizeof(LISTS[0]); i++) {
        msa_identity_t *identity = ann(*state);
        const msa_record_t *record;
        msa_record_t *copy;
        identity->permissions = identity->held_permissions =
            apr_array_make(*state, 1, sizeof(char *));
        APR_ARRAY_PUSH((apr_array_header_t *)identity->permissions, const char *) = LISTS[i];
        record = pack(*state, identity);
        copy = copy_of(record);
        assert_true(msa_record_is_sound(copy, copy->size));
        assert_false(has(copy, copy->permissions, "role2"));
        assert_false(has(copy, copy->permissions, ""));
        assert_false(has(copy, copy->permissions, "role0,role1,role2"));
        free(copy);
    }
}

static void an_unknown_purpose_is_unsound(void **state)
{
    msa_record_t *copy = copy_of(pack(*state, ann(*state)));
    copy->purpose = MSA_PURPOSE_COUNT;
    assert_false(msa_record_is_sound(copy, copy->size));
    free(copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_block_identifies_its_user, pool_setup, pool_teardown),
        cmocka_unit_test_setup_teardown(a_block_proves_nothing, pool_setup, pool_teardown),
        cmocka_unit_test_setup_teardown(names_are_found_whole, pool_setup, pool_teardown),
        cmocka_unit_test_setup_teardown(without_roles_and_username_the_texts_are_empty, pool_setup,
                                        pool_teardown),
        cmocka_unit_test_setup_teardown(a_thousand_roles_fit, pool_setup, pool_teardown),
        cmocka_unit_test_setup_teardown(too_many_roles_are_refused_and_never_cut, pool_setup,
                                        pool_teardown),
        cmocka_unit_test_setup_teardown(a_block_may_be_full_to_the_last_byte, pool_setup,
                                        pool_teardown),
        cmocka_unit_test_setup_teardown(names_that_could_forge_a_line_are_refused, pool_setup,
                                        pool_teardown),
        cmocka_unit_test_setup_teardown(nobody_is_without_an_address, pool_setup, pool_teardown),
        cmocka_unit_test_setup_teardown(without_a_ticket_only_the_user_can_change, pool_setup,
                                        pool_teardown),
        cmocka_unit_test_setup_teardown(a_block_of_another_length_is_unsound, pool_setup,
                                        pool_teardown),
        cmocka_unit_test_setup_teardown(every_offset_must_be_inside, pool_setup, pool_teardown),
        cmocka_unit_test_setup_teardown(the_last_byte_must_be_a_nul, pool_setup, pool_teardown),
        cmocka_unit_test_setup_teardown(any_text_is_a_list, pool_setup, pool_teardown),
        cmocka_unit_test_setup_teardown(an_unknown_purpose_is_unsound, pool_setup, pool_teardown),
    };
    return cmocka_run_group_tests(tests, pool_group_setup, pool_group_teardown);
}
