/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_WIRE_TABLE_MEMORY_H
#define MSA_WIRE_TABLE_MEMORY_H

#include "table.h"
#include "table_ledger.h"

/*
 * The layout of the record table in memory: a head, the generations, the ledger, then three shelves
 * of entries, all measured in words of eight bytes. A key may be in any of the MSA_TABLE_PLACES
 * places of its bucket.
 */

#define MSA_TABLE_PLACES 8
#define MSA_TABLE_SLOTS  65536

/** The shelves. Bad entries have one of their own, so that a flood of them displaces nobody. */
typedef enum { MSA_SHELF_SMALL, MSA_SHELF_LARGE, MSA_SHELF_BAD, MSA_SHELF_COUNT } msa_shelf_kind_t;

/** The words of an entry. */
enum {
    MSA_WORD_SEQUENCE,
    MSA_WORD_KEY,
    MSA_WORD_USED = 3,
    MSA_WORD_KEPT,
    MSA_WORD_SUM, /* over the key and the block: they belong together */
    MSA_WORD_BLOCK
};

/** The beginning of the file: another build's differs. */
typedef struct msa_table_head_t {
    char name[16];
    apr_uint64_t generations, block, words[MSA_SHELF_COUNT]; /* sizes, in this build */
    apr_uint64_t records[MSA_SHELF_COUNT];
} msa_table_head_t;

/** The words of a mark. */
enum {
    MSA_MARK_STORE, /* 0 = free */
    MSA_MARK_ID,
    MSA_MARK_CREATED,
    MSA_MARK_TAKEN,
    MSA_MARK_NEWEST,
    MSA_MARK_SUM, /* over the others: they belong together */
    MSA_MARK_WORDS
};

/** The words of a sign-out. */
enum {
    MSA_SIGNOUT_STATE, /* how often the place was used, and for what now: see table_ledger.c */
    MSA_SIGNOUT_STORE,
    MSA_SIGNOUT_DIGESTS,
    MSA_SIGNOUT_WORDS = MSA_SIGNOUT_DIGESTS + 2 * MSA_DIGEST_SIZE / 8
};

/** The ledger: see table_ledger.h. */
typedef struct msa_ledger_memory_t {
    apr_uint64_t marks[MSA_LEDGER_MARKS][MSA_MARK_WORDS];
    apr_uint64_t pending; /* at least as many as there are kept sign-outs */
    apr_uint64_t signouts[MSA_LEDGER_SIGNOUTS][MSA_SIGNOUT_WORDS];
} msa_ledger_memory_t;

/** The file up to the shelves. What changes often does not share a cache line with the rest. */
typedef struct msa_table_memory_t {
    msa_table_head_t head;
    apr_uint64_t everybody;
    _Alignas(64) apr_uint64_t epoch;
    _Alignas(64) apr_uint64_t slots[MSA_TABLE_SLOTS];
    _Alignas(64) msa_ledger_memory_t ledger;
} msa_table_memory_t;

/** A shelf as mapped into one process. */
typedef struct msa_shelf_t {
    apr_uint64_t *words;
    apr_size_t record_words;
    apr_size_t buckets;
    unsigned char *recency; /* a byte for each entry; NULL = none */
} msa_shelf_t;

struct msa_table_t {
    msa_table_memory_t *memory;
    msa_shelf_t shelves[MSA_SHELF_COUNT];
    unsigned hand; /* where the next search for a place to give up begins */
};

/** True when no change of the record's user, its ticket or everybody was noted since it was
 * loaded. */
bool msa_table_is_current(const msa_table_t *table, const msa_record_t *record);

#endif
