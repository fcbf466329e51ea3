/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_TEST_TABLE_FIXTURE_H
#define MSA_TEST_TABLE_FIXTURE_H

#include "../../src/wire/table.h"

#define NOW apr_time_from_sec(1000000)

/** A table as mapped by the process that may write it, and by all others. */
typedef struct table_fixture_t {
    apr_pool_t *pool;
    int fd, recency_fd;
    int read_fd; /* the same file, open for reading only */
    msa_table_t *writer, *reader;
} table_fixture_t;

/** A table whose usual entries are all in one bucket, which has room for eight. */
int table_setup(void **state);
int table_teardown(void **state);

/**
 * The record of user `number`, loaded at `epoch`, with `roles` roles, in `pool`: every text has the
 * number in it, so that a mix of two users is noticed. With more than a few roles it needs a large
 * entry.
 */
const msa_record_t *record_make(apr_pool_t *pool, int number, int roles, apr_uint64_t epoch);

/** True when this is, in all its parts, what record_make makes for user `number`. */
bool record_is(const msa_record_t *record, int number);

/** Stores the record of user `number` under their key, as loaded now. */
void table_put(table_fixture_t *fixture, int number, int roles);

/** True when the reader finds user `number`, and nobody else, under their key. */
bool table_has(table_fixture_t *fixture, int number);

/** A key, as good as random. */
typedef struct test_key_t {
    unsigned char bytes[MSA_TABLE_KEY];
} test_key_t;

test_key_t key_of(int number);

#endif
