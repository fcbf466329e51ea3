/* SPDX-License-Identifier: Apache-2.0 */
/* What a service leaves to the next one, in the memory of the record table. Two may write at once,
 * so every place is claimed and filled by atomic words. */

#include "table_ledger.h"
#include "table_memory.h"

#include "../base/digest.h"

#include <string.h>

static apr_uint64_t ledger_load(const apr_uint64_t *word)
{
    return __atomic_load_n(word, __ATOMIC_SEQ_CST);
}

static void ledger_store(apr_uint64_t *word, apr_uint64_t value)
{
    __atomic_store_n(word, value, __ATOMIC_SEQ_CST);
}

static bool ledger_swap(apr_uint64_t *word, apr_uint64_t from, apr_uint64_t to)
{
    return __atomic_compare_exchange_n(word, &from, to, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

/* ---- marks ---- */

/* A mark is unknown after a writer died halfway or two wrote at the same time. */
static apr_uint64_t mark_sum(const apr_uint64_t words[MSA_MARK_WORDS])
{
    apr_uint64_t sum = 1;
    for (int i = 0; i < MSA_MARK_SUM; i++) {
        sum = (sum ^ words[i]) * 0x9E3779B97F4A7C15ULL;
        sum ^= sum >> 29;
    }
    return sum;
}

bool msa_ledger_mark_get(const msa_table_t *table, apr_uint64_t store, msa_mark_t *mark)
{
    const msa_ledger_memory_t *ledger = &table->memory->ledger;
    apr_uint64_t words[MSA_MARK_WORDS];
    int place = 0;
    while (place < MSA_LEDGER_MARKS && ledger_load(&ledger->marks[place][MSA_MARK_STORE]) != store)
        place++;
    if (place == MSA_LEDGER_MARKS)
        return false;
    for (int i = 0; i < MSA_MARK_WORDS; i++)
        words[i] = ledger_load(&ledger->marks[place][i]);
    if (words[MSA_MARK_SUM] != mark_sum(words))
        return false;
    *mark = (msa_mark_t){(apr_int64_t)words[MSA_MARK_ID], (apr_time_t)words[MSA_MARK_CREATED],
                         (apr_time_t)words[MSA_MARK_TAKEN], (apr_int64_t)words[MSA_MARK_NEWEST]};
    return true;
}

void msa_ledger_mark_put(msa_table_t *table, apr_uint64_t store, const msa_mark_t *mark)
{
    const apr_uint64_t words[MSA_MARK_WORDS] = {
        store, (apr_uint64_t)mark->id, (apr_uint64_t)mark->created_at, (apr_uint64_t)mark->taken_at,
        (apr_uint64_t)mark->newest};
    for (int place = 0; place < MSA_LEDGER_MARKS; place++) {
        apr_uint64_t *kept = table->memory->ledger.marks[place];
        if (ledger_load(kept) != store && !ledger_swap(kept, 0, store))
            continue;
        for (int i = MSA_MARK_ID; i < MSA_MARK_SUM; i++)
            ledger_store(kept + i, words[i]);
        ledger_store(kept + MSA_MARK_SUM, mark_sum(words));
        return;
    }
}

/* ---- sign-outs ---- */

/*
 * A state counts in fours how often its place was used, so that someone late to end one sign-out
 * does not end the next one there. A writer that dies halfway leaves a place that is never used
 * again.
 */
enum { FREE, WRITING, KEPT, STATES = 4 };

static unsigned kind_of(apr_uint64_t state)
{
    return state % STATES;
}

static void digest_store(apr_uint64_t *words, const unsigned char digest[MSA_DIGEST_SIZE])
{
    for (unsigned i = 0; i < MSA_DIGEST_SIZE / sizeof(*words); i++) {
        apr_uint64_t word;
        memcpy(&word, digest + i * sizeof(word), sizeof(word));
        ledger_store(words + i, word);
    }
}

static void digest_load(const apr_uint64_t *words, unsigned char digest[MSA_DIGEST_SIZE])
{
    for (unsigned i = 0; i < MSA_DIGEST_SIZE / sizeof(*words); i++) {
        apr_uint64_t word = ledger_load(words + i);
        memcpy(digest + i * sizeof(word), &word, sizeof(word));
    }
}

bool msa_ledger_signout_add(msa_table_t *table, const msa_signout_t *signout)
{
    msa_ledger_memory_t *ledger = &table->memory->ledger;
    for (int i = 0; i < MSA_LEDGER_SIGNOUTS; i++) {
        apr_uint64_t *words = ledger->signouts[i];
        apr_uint64_t state = ledger_load(words);
        if (kind_of(state) != FREE || !ledger_swap(words, state, state + WRITING))
            continue;
        __atomic_add_fetch(&ledger->pending, 1, __ATOMIC_SEQ_CST);
        ledger_store(words + MSA_SIGNOUT_STORE, signout->store);
        digest_store(words + MSA_SIGNOUT_DIGESTS, signout->session);
        digest_store(words + MSA_SIGNOUT_DIGESTS + MSA_DIGEST_SIZE / sizeof(*words),
                     signout->remember);
        ledger_store(words, state + KEPT);
        return true;
    }
    return false;
}

/* False for a place that holds no sign-out or changes while it is read. */
static bool signout_read(const apr_uint64_t *words, apr_uint64_t *state, msa_signout_t *signout)
{
    msa_signout_t found;
    *state = ledger_load(words);
    if (kind_of(*state) != KEPT)
        return false;
    found.store = ledger_load(words + MSA_SIGNOUT_STORE);
    digest_load(words + MSA_SIGNOUT_DIGESTS, found.session);
    digest_load(words + MSA_SIGNOUT_DIGESTS + MSA_DIGEST_SIZE / sizeof(*words), found.remember);
    if (ledger_load(words) != *state)
        return false;
    *signout = found;
    return true;
}

bool msa_ledger_signout_next(const msa_table_t *table, apr_uint64_t store,
                             msa_ledger_place_t *place, msa_signout_t *signout)
{
    const msa_ledger_memory_t *ledger = &table->memory->ledger;
    while (ledger_load(&ledger->pending) && place->index < MSA_LEDGER_SIGNOUTS) {
        msa_signout_t found;
        if (!signout_read(ledger->signouts[place->index++], &place->state, &found) ||
            found.store != store)
            continue;
        *signout = found;
        return true;
    }
    return false;
}

void msa_ledger_signout_end(msa_table_t *table, const msa_ledger_place_t *place)
{
    msa_ledger_memory_t *ledger = &table->memory->ledger;
    if (ledger_swap(ledger->signouts[place->index - 1], place->state, place->state - KEPT + STATES))
        __atomic_sub_fetch(&ledger->pending, 1, __ATOMIC_SEQ_CST);
}

bool msa_ledger_is_signed_out(const msa_table_t *table, apr_uint64_t store,
                              const unsigned char digest[MSA_DIGEST_SIZE])
{
    const msa_ledger_memory_t *ledger = &table->memory->ledger;
    for (int i = 0; ledger_load(&ledger->pending) && i < MSA_LEDGER_SIGNOUTS; i++) {
        msa_signout_t found;
        apr_uint64_t state;
        if (signout_read(ledger->signouts[i], &state, &found) && (!store || found.store == store) &&
            (msa_digest_equal(found.session, digest, MSA_DIGEST_SIZE) ||
             msa_digest_equal(found.remember, digest, MSA_DIGEST_SIZE)))
            return true;
    }
    return false;
}
