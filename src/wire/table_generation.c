/* SPDX-License-Identifier: Apache-2.0 */
/* When something about a user or a ticket last changed, so that one atomic store voids all their
 * records at once. */

#include "table_memory.h"

#include "../base/digest.h"

#include <string.h>

/*
 * `epoch` is a clock in microseconds that advances at every change and never goes back; a slot
 * holds the time of the last change of those who share it.
 */

/* Fibonacci hashing: neighbouring ids end up far apart. */
static apr_uint32_t slot_of(apr_uint64_t id)
{
    return (apr_uint32_t)((id * 0x9E3779B97F4A7C15ULL) >> 48) % MSA_TABLE_SLOTS;
}

apr_uint32_t msa_table_user_slot(apr_int64_t user_id)
{
    return slot_of((apr_uint64_t)user_id);
}

apr_uint32_t msa_table_ticket_slot(const unsigned char digest[MSA_DIGEST_SIZE])
{
    apr_uint64_t id;
    memcpy(&id, digest, sizeof(id));
    return slot_of(id);
}

/* Advances the clock by at least `step`, even if the machine's own was set back. */
static apr_uint64_t advance(msa_table_t *table, apr_uint64_t step)
{
    apr_uint64_t *epoch = &table->memory->epoch;
    apr_uint64_t day = (apr_uint64_t)apr_time_now();
    apr_uint64_t before = __atomic_load_n(epoch, __ATOMIC_SEQ_CST);
    apr_uint64_t after;
    do {
        after = day > before + step ? day : before + step;
    } while (!__atomic_compare_exchange_n(epoch, &before, after, false, __ATOMIC_SEQ_CST,
                                          __ATOMIC_SEQ_CST));
    return after;
}

apr_uint64_t msa_table_epoch(msa_table_t *table)
{
    return advance(table, 0);
}

/* Several may note a change at once: the latest one stays. */
static void raise_to_now(msa_table_t *table, apr_uint64_t *slot)
{
    apr_uint64_t epoch = advance(table, 1);
    apr_uint64_t before = __atomic_load_n(slot, __ATOMIC_SEQ_CST);
    while (before < epoch && !__atomic_compare_exchange_n(slot, &before, epoch, false,
                                                          __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
        ;
}

void msa_table_changed(msa_table_t *table, apr_uint32_t slot)
{
    raise_to_now(table, &table->memory->slots[slot % MSA_TABLE_SLOTS]);
}

void msa_table_changed_all(msa_table_t *table)
{
    raise_to_now(table, &table->memory->everybody);
}

static apr_uint64_t changed_at(const apr_uint64_t *slot)
{
    return __atomic_load_n(slot, __ATOMIC_SEQ_CST);
}

bool msa_table_is_current(const msa_table_t *table, const msa_record_t *record)
{
    const msa_table_memory_t *memory = table->memory;
    return record->user_slot < MSA_TABLE_SLOTS && record->ticket_slot < MSA_TABLE_SLOTS &&
           changed_at(&memory->slots[record->user_slot]) <= record->epoch &&
           changed_at(&memory->slots[record->ticket_slot]) <= record->epoch &&
           changed_at(&memory->everybody) <= record->epoch;
}
