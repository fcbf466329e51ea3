/* SPDX-License-Identifier: Apache-2.0 */
#include "table_fixture.h"

#include "../../src/base/digest.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <apr_strings.h>

#define ROOM 8

int table_setup(void **state)
{
    table_fixture_t *made;
    apr_pool_t *pool;
    if (apr_pool_create(&pool, NULL) != APR_SUCCESS)
        return -1;
    made = apr_pcalloc(pool, sizeof(*made));
    made->pool = pool;
    if (msa_table_make(ROOM, &made->fd) != APR_SUCCESS ||
        msa_table_make_recency(ROOM, &made->recency_fd) != APR_SUCCESS)
        return -1;
    made->read_fd = open(apr_psprintf(pool, "/proc/self/fd/%d", made->fd), O_RDONLY | O_CLOEXEC);
    *state = made;
    return msa_table_map(pool, made->fd, made->recency_fd, true, &made->writer) == APR_SUCCESS &&
                   msa_table_map(pool, made->read_fd, made->recency_fd, false, &made->reader) ==
                       APR_SUCCESS
               ? 0
               : -1;
}

int table_teardown(void **state)
{
    table_fixture_t *fixture = *state;
    close(fixture->fd);
    close(fixture->recency_fd);
    close(fixture->read_fd);
    apr_pool_destroy(fixture->pool);
    return 0;
}

const msa_record_t *record_make(apr_pool_t *pool, int number, int roles, apr_uint64_t epoch)
{
    msa_identity_t identity = {.user_id = number, .ticket_id = number, .method = "session"};
    apr_array_header_t *names = apr_array_make(pool, roles + 1, sizeof(const char *));
    const char *why;
    for (int i = 0; i < roles; i++)
        APR_ARRAY_PUSH(names, const char *) = apr_psprintf(pool, "role-%d-%d", i, number);
    identity.email = apr_psprintf(pool, "user-%d@example.org", number);
    identity.username = apr_psprintf(pool, "%d", number);
    identity.roles = identity.held_roles = names;
    identity.permissions = identity.held_permissions = names;
    identity.expires_at = APR_INT64_MAX;
    msa_digest_sha256(&number, sizeof(number), identity.digest);
    return msa_record_pack(pool, &identity, epoch, &why);
}

/* True when every role is `role-I-NUMBER` with this number. */
static bool roles_are(const char *roles, int number)
{
    while (*roles) {
        char *end = NULL;
        roles = strchr(roles + strlen("role-"), '-');
        if (!roles || strtol(roles + 1, &end, 10) != number || (*end && *end != ','))
            return false;
        roles = *end ? end + 1 : end;
    }
    return true;
}

bool record_is(const msa_record_t *record, int number)
{
    const char *email = msa_record_text(record, record->email);
    return record->user_id == number && record->ticket_id == number &&
           strtol(msa_record_text(record, record->id_text), NULL, 10) == number &&
           strtol(email + strlen("user-"), NULL, 10) == number &&
           strtol(msa_record_text(record, record->username), NULL, 10) == number &&
           roles_are(msa_record_text(record, record->roles), number) &&
           roles_are(msa_record_text(record, record->permissions), number);
}

test_key_t key_of(int number)
{
    unsigned char digest[MSA_DIGEST_SIZE];
    test_key_t key;
    msa_digest_sha256(&number, sizeof(number), digest);
    memcpy(key.bytes, digest + 16, sizeof(key.bytes));
    return key;
}

void table_put(table_fixture_t *fixture, int number, int roles)
{
    test_key_t key = key_of(number);
    msa_entry_t entry = {.used_until = NOW + 1, .kept_until = NOW + 2};
    entry.record = record_make(fixture->pool, number, roles, msa_table_epoch(fixture->writer));
    msa_table_put(fixture->writer, key.bytes, &entry, NOW);
}

bool table_has(table_fixture_t *fixture, int number)
{
    test_key_t key = key_of(number);
    msa_entry_t entry;
    return msa_table_get(fixture->reader, fixture->pool, key.bytes, NOW, &entry) && !entry.is_bad &&
           record_is(entry.record, number);
}
