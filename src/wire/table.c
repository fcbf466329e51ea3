/* SPDX-License-Identifier: Apache-2.0 */
/* The record table: finds and writes the entries of signed-in users, in memory that several
 * processes share without a lock. */

#include "table_memory.h"

#include <stddef.h>
#include <string.h>

#define WORD         sizeof(apr_uint64_t)
#define RECORD_WORDS ((sizeof(msa_record_t) + WORD - 1) / WORD)

_Static_assert(offsetof(msa_record_t, size) == 0, "a block begins with its size");

/* All access to shared words goes through these two. */

static apr_uint64_t word_load(const apr_uint64_t *word)
{
    return __atomic_load_n(word, __ATOMIC_RELAXED);
}

static void word_store(apr_uint64_t *word, apr_uint64_t value)
{
    __atomic_store_n(word, value, __ATOMIC_RELAXED);
}

/** A key as two words: it is a digest, so each of them is as good as random. */
typedef struct record_key_t {
    apr_uint64_t words[MSA_TABLE_KEY / WORD];
} record_key_t;

static record_key_t key_make(const unsigned char bytes[MSA_TABLE_KEY])
{
    record_key_t key;
    memcpy(key.words, bytes, sizeof(key.words));
    return key;
}

static bool key_is(const apr_uint64_t *entry, const record_key_t *key)
{
    return word_load(entry + MSA_WORD_KEY) == key->words[0] &&
           word_load(entry + MSA_WORD_KEY + 1) == key->words[1];
}

/* The n-th place of a shelf where the key may be. Most keys are in their first. */
static apr_size_t index_of(const msa_shelf_t *shelf, const record_key_t *key, unsigned n)
{
    return key->words[0] % shelf->buckets * MSA_TABLE_PLACES +
           (key->words[1] + n) % MSA_TABLE_PLACES;
}

static apr_uint64_t *record_at(const msa_shelf_t *shelf, apr_size_t index)
{
    return shelf->words + index * shelf->record_words;
}

/* ---- recency ---- */

static bool recency_is_set(const msa_shelf_t *shelf, apr_size_t index)
{
    return shelf->recency && __atomic_load_n(shelf->recency + index, __ATOMIC_RELAXED);
}

/* Only where it is clear, so that other processors keep their copies of the cache line. */
static void recency_set(const msa_shelf_t *shelf, apr_size_t index)
{
    if (shelf->recency && !recency_is_set(shelf, index))
        __atomic_store_n(shelf->recency + index, 1, __ATOMIC_RELAXED);
}

static void recency_clear(const msa_shelf_t *shelf, apr_size_t index)
{
    if (shelf->recency)
        __atomic_store_n(shelf->recency + index, 0, __ATOMIC_RELAXED);
}

/* ---- blocks ---- */

static apr_size_t block_room(const msa_shelf_t *shelf)
{
    return (shelf->record_words - MSA_WORD_BLOCK) * WORD;
}

/* In whole words, since a hit costs little besides this. */
static void block_load(const apr_uint64_t *entry, void *block, apr_size_t words)
{
    for (apr_size_t i = 0; i < words; i++) {
        apr_uint64_t word = word_load(entry + MSA_WORD_BLOCK + i);
        memcpy((char *)block + i * WORD, &word, WORD);
    }
}

/*
 * Not a defence against attackers, as only the service can write. The sequence reveals a writer
 * that came in between; but two writers of one entry, which their order at a restart should
 * prevent, make it even before both are done, and then only the sum reveals the mix.
 */
static apr_uint64_t sum_begin(const record_key_t *key)
{
    return key->words[0] ^ (key->words[1] << 1 | 1);
}

static apr_uint64_t sum_add(apr_uint64_t sum, apr_uint64_t word)
{
    sum = (sum ^ word) * 0x9E3779B97F4A7C15ULL;
    return sum ^ sum >> 29;
}

/* Pads the last word with zeros; returns the sum. */
static apr_uint64_t block_store(apr_uint64_t *entry, const record_key_t *key, const void *block,
                                apr_size_t size)
{
    apr_uint64_t sum = sum_begin(key);
    for (apr_size_t at = 0; at < size; at += WORD) {
        apr_uint64_t word = 0;
        memcpy(&word, (const char *)block + at, size - at < WORD ? size - at : WORD);
        word_store(entry + MSA_WORD_BLOCK + at / WORD, word);
        sum = sum_add(sum, word);
    }
    return sum;
}

static apr_uint64_t sum_of(const record_key_t *key, const apr_uint64_t *words, apr_size_t count)
{
    apr_uint64_t sum = sum_begin(key);
    for (apr_size_t i = 0; i < count; i++)
        sum = sum_add(sum, words[i]);
    return sum;
}

/* ---- reading ---- */

typedef struct search_t {
    const msa_table_t *table;
    apr_pool_t *pool;
    record_key_t key;
    apr_time_t now;
} search_t;

static const msa_record_t *block_copy(const search_t *search, const msa_shelf_t *shelf,
                                      const apr_uint64_t *entry)
{
    apr_uint64_t first = word_load(entry + MSA_WORD_BLOCK);
    apr_uint32_t size;
    apr_size_t words;
    apr_uint64_t *block;
    memcpy(&size, &first, sizeof(size));
    if (size < sizeof(msa_record_t) || size > block_room(shelf))
        return NULL;
    words = (size + WORD - 1) / WORD;
    block = apr_palloc(search->pool, words * WORD);
    block_load(entry, block, words);
    return sum_of(&search->key, block, words) == word_load(entry + MSA_WORD_SUM)
               ? (const msa_record_t *)block
               : NULL;
}

static bool may_count(const search_t *search, const msa_entry_t *entry)
{
    return entry->is_bad || (entry->record && entry->record->expires_at > search->now &&
                             msa_table_is_current(search->table, entry->record));
}

/* Another process may be writing meanwhile: nothing read is used until the sequence is found
 * unchanged, which makes it one entry. */
static bool record_read(const search_t *search, const msa_shelf_t *shelf, const apr_uint64_t *entry,
                        msa_entry_t *out)
{
    const apr_uint64_t *sequence = entry + MSA_WORD_SEQUENCE;
    apr_uint64_t before = __atomic_load_n(sequence, __ATOMIC_ACQUIRE);
    msa_entry_t made = {.is_bad = !block_room(shelf)};
    if (before & 1 || !key_is(entry, &search->key))
        return false;
    made.used_until = (apr_time_t)word_load(entry + MSA_WORD_USED);
    made.kept_until = (apr_time_t)word_load(entry + MSA_WORD_KEPT);
    if (made.kept_until <= search->now)
        return false;
    if (!made.is_bad)
        made.record = block_copy(search, shelf, entry);
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    if (word_load(sequence) != before || !may_count(search, &made))
        return false;
    *out = made;
    return true;
}

static bool shelf_get(const search_t *search, const msa_shelf_t *shelf, msa_entry_t *entry)
{
    for (unsigned n = 0; n < MSA_TABLE_PLACES; n++) {
        apr_size_t index = index_of(shelf, &search->key, n);
        if (record_read(search, shelf, record_at(shelf, index), entry)) {
            recency_set(shelf, index);
            return true;
        }
    }
    return false;
}

bool msa_table_get(msa_table_t *table, apr_pool_t *pool, const unsigned char key[MSA_TABLE_KEY],
                   apr_time_t now, msa_entry_t *entry)
{
    search_t search = {table, pool, key_make(key), now};
    for (int i = 0; i < MSA_SHELF_COUNT; i++) {
        if (shelf_get(&search, &table->shelves[i], entry))
            return true;
    }
    return false;
}

/* ---- writing ---- */

/* A writer that dies in here leaves an odd sequence. */
static void record_write(apr_uint64_t *entry, const record_key_t *key, const msa_entry_t *what)
{
    apr_uint64_t *sequence = entry + MSA_WORD_SEQUENCE;
    apr_uint64_t odd = word_load(sequence) | 1;
    word_store(sequence, odd);
    __atomic_thread_fence(__ATOMIC_RELEASE);
    word_store(entry + MSA_WORD_KEY, key->words[0]);
    word_store(entry + MSA_WORD_KEY + 1, key->words[1]);
    word_store(entry + MSA_WORD_USED, (apr_uint64_t)what->used_until);
    word_store(entry + MSA_WORD_KEPT, (apr_uint64_t)what->kept_until);
    if (what->record && !what->is_bad)
        word_store(entry + MSA_WORD_SUM, block_store(entry, key, what->record, what->record->size));
    __atomic_store_n(sequence, odd + 1, __ATOMIC_RELEASE);
}

static void shelf_forget(const msa_shelf_t *shelf, const record_key_t *key)
{
    static const record_key_t NO_KEY;
    static const msa_entry_t NOBODY;
    for (unsigned n = 0; n < MSA_TABLE_PLACES; n++) {
        apr_uint64_t *entry = record_at(shelf, index_of(shelf, key, n));
        if (key_is(entry, key))
            record_write(entry, &NO_KEY, &NOBODY);
    }
}

/* Half-written, never written, expired, or about a user or ticket that has changed since. */
static bool is_free(const msa_table_t *table, const msa_shelf_t *shelf, const apr_uint64_t *entry,
                    apr_time_t now)
{
    apr_uint64_t words[RECORD_WORDS];
    msa_record_t record;
    if (word_load(entry + MSA_WORD_SEQUENCE) & 1 ||
        (apr_time_t)word_load(entry + MSA_WORD_KEPT) <= now)
        return true;
    if (!block_room(shelf))
        return false;
    block_load(entry, words, RECORD_WORDS);
    memcpy(&record, words, sizeof(record));
    return record.expires_at <= now || !msa_table_is_current(table, &record);
}

/* A place that has not been used since the recency of its bucket was last cleared. */
static apr_size_t index_to_give_up(msa_table_t *table, const msa_shelf_t *shelf,
                                   const record_key_t *key)
{
    unsigned hand = table->hand++;
    for (unsigned n = 0; n < MSA_TABLE_PLACES; n++) {
        apr_size_t index = index_of(shelf, key, hand + n);
        if (!recency_is_set(shelf, index))
            return index;
    }
    for (unsigned n = 0; n < MSA_TABLE_PLACES; n++)
        recency_clear(shelf, index_of(shelf, key, n));
    return index_of(shelf, key, hand);
}

static apr_size_t index_to_write(msa_table_t *table, const msa_shelf_t *shelf,
                                 const record_key_t *key, apr_time_t now)
{
    for (unsigned n = 0; n < MSA_TABLE_PLACES; n++) {
        apr_size_t index = index_of(shelf, key, n);
        if (key_is(record_at(shelf, index), key))
            return index;
    }
    for (unsigned n = 0; n < MSA_TABLE_PLACES; n++) {
        apr_size_t index = index_of(shelf, key, n);
        if (is_free(table, shelf, record_at(shelf, index), now))
            return index;
    }
    return index_to_give_up(table, shelf, key);
}

/* The first shelf whose places are large enough; none for an entry that is over. */
static int shelf_of(const msa_table_t *table, const msa_entry_t *entry, apr_time_t now)
{
    if (entry->kept_until <= now)
        return MSA_SHELF_COUNT;
    if (entry->is_bad || !entry->record)
        return MSA_SHELF_BAD;
    for (int i = 0; i < MSA_SHELF_BAD; i++) {
        if (entry->record->size <= block_room(&table->shelves[i]))
            return i;
    }
    return MSA_SHELF_COUNT;
}

void msa_table_put(msa_table_t *table, const unsigned char key[MSA_TABLE_KEY],
                   const msa_entry_t *entry, apr_time_t now)
{
    record_key_t record_key = key_make(key);
    int kind = shelf_of(table, entry, now);
    /* A record loaded too early is no better than one that may have been put there since. And its
     * soundness is checked here once, on behalf of every reader. */
    if (entry->record && (!msa_table_is_current(table, entry->record) ||
                          !msa_record_is_sound(entry->record, entry->record->size)))
        return;
    for (int i = 0; i < MSA_SHELF_COUNT; i++) {
        const msa_shelf_t *shelf = &table->shelves[i];
        apr_size_t index;
        if (i != kind) {
            shelf_forget(shelf, &record_key);
            continue;
        }
        index = index_to_write(table, shelf, &record_key, now);
        record_write(record_at(shelf, index), &record_key, entry);
        recency_set(shelf, index);
    }
}
