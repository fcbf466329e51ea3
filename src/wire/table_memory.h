/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_WIRE_TABLE_MEMORY_H
#define MSA_WIRE_TABLE_MEMORY_H

#include "table.h"
#include "table_ledger.h"

/*
 * What the record table looks like in memory: a head, the generations, the ledger, then three
 * shelves of records, whose places are counted in words of eight bytes. A key may stand in any of
 * the MSA_TABLE_WAYS records of its bucket.
 */

#define MSA_TABLE_WAYS  8
#define MSA_TABLE_SLOTS 65536

/** The shelves. What is nobody's has one of its own, so that no flood of it drives others out. */
typedef enum { MSA_SHELF_SMALL, MSA_SHELF_LARGE, MSA_SHELF_BAD, MSA_SHELF_COUNT } msa_shelf_kind_t;

/** The words of a record. */
enum {
    MSA_WORD_SEQUENCE,
    MSA_WORD_KEY,
    MSA_WORD_USED = 3,
    MSA_WORD_KEPT,
    MSA_WORD_SUM, /* of the key and the block: they belong together */
    MSA_WORD_BLOCK
};

/** What the file begins with: another build's differs. */
typedef struct msa_table_head_t {
    char name[16];
    apr_uint64_t generations, block, words[MSA_SHELF_COUNT]; /* sizes of this build */
    apr_uint64_t records[MSA_SHELF_COUNT];
} msa_table_head_t;

/** The words of a mark. */
enum {
    MSA_MARK_STORE, /* 0 = nobody's yet */
    MSA_MARK_ID,
    MSA_MARK_CREATED,
    MSA_MARK_TAKEN,
    MSA_MARK_NEWEST,
    MSA_MARK_SUM, /* of the others: they belong together */
    MSA_MARK_WORDS
};

/** The words of a sign-out. */
enum {
    MSA_SIGNOUT_STATE, /* how often it was used, and what it is: see table_ledger.c */
    MSA_SIGNOUT_STORE,
    MSA_SIGNOUT_DIGESTS,
    MSA_SIGNOUT_WORDS = MSA_SIGNOUT_DIGESTS + 2 * MSA_DIGEST_SIZE / 8
};

/** What the service leaves to the next one. */
typedef struct msa_ledger_memory_t {
    apr_uint64_t marks[MSA_LEDGER_MARKS][MSA_MARK_WORDS];
    apr_uint64_t pending; /* no fewer sign-outs are kept */
    apr_uint64_t signouts[MSA_LEDGER_SIGNOUTS][MSA_SIGNOUT_WORDS];
} msa_ledger_memory_t;

/** The file before the shelves. What changes often does not share a cache line with the rest. */
typedef struct msa_table_memory_t {
    msa_table_head_t head;
    apr_uint64_t everybody;
    _Alignas(64) apr_uint64_t epoch;
    _Alignas(64) apr_uint64_t slots[MSA_TABLE_SLOTS];
    _Alignas(64) msa_ledger_memory_t ledger;
} msa_table_memory_t;

/** A shelf as one process sees it. */
typedef struct msa_shelf_t {
    apr_uint64_t *words;
    apr_size_t record_words;
    apr_size_t buckets;
    unsigned char *recency; /* an octet for each record, NULL = none */
} msa_shelf_t;

struct msa_table_t {
    msa_table_memory_t *memory;
    msa_shelf_t shelves[MSA_SHELF_COUNT];
    unsigned hand; /* where the next search for what can be forgotten begins */
};

/** True when nothing was noted about the user and the ticket of a block since it was loaded. */
bool msa_table_is_current(const msa_table_t *table, const msa_record_t *record);

#endif
