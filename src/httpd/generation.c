/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

#include <apr_shm.h>

#define SLOTS 65536

/*
 * `epoch` counts changes; a slot holds the count at the last change of the users that share it.
 * What was loaded at epoch E is good while its slot holds no more than E. The loader reads `epoch`
 * before the database, whoever changes something adds to it after the commit: so a fill never hides
 * a change.
 */
typedef struct table_t {
    apr_uint64_t epoch;
    apr_uint64_t everybody;
    apr_uint64_t slots[SLOTS];
} table_t;

static table_t *table;

apr_status_t msa_generation_make(apr_pool_t *pool)
{
    apr_shm_t *shm = NULL;
    apr_status_t status = apr_shm_create(&shm, sizeof(table_t), NULL, pool);
    if (status != APR_SUCCESS)
        return status;
    table = apr_shm_baseaddr_get(shm);
    memset(table, 0, sizeof(*table));
    return APR_SUCCESS;
}

static apr_size_t slot_of(apr_int64_t user_id)
{
    /* Fibonacci hashing: neighbouring ids land far from each other. */
    return (apr_size_t)(((apr_uint64_t)user_id * 0x9E3779B97F4A7C15ULL) >> 48) % SLOTS;
}

apr_uint64_t msa_generation_now(void)
{
    return __atomic_load_n(&table->epoch, __ATOMIC_SEQ_CST);
}

apr_int64_t msa_generation_id(const unsigned char digest[MSA_DIGEST_SIZE])
{
    apr_int64_t id;
    memcpy(&id, digest, sizeof(id));
    return id ? id : 1;
}

bool msa_generation_is_current(apr_int64_t user_id, apr_uint64_t epoch)
{
    return __atomic_load_n(&table->slots[slot_of(user_id)], __ATOMIC_SEQ_CST) <= epoch &&
           __atomic_load_n(&table->everybody, __ATOMIC_SEQ_CST) <= epoch;
}

void msa_generation_bump(apr_int64_t user_id)
{
    apr_uint64_t *slot = user_id ? &table->slots[slot_of(user_id)] : &table->everybody;
    apr_uint64_t epoch = __atomic_add_fetch(&table->epoch, 1, __ATOMIC_SEQ_CST);
    apr_uint64_t before = __atomic_load_n(slot, __ATOMIC_SEQ_CST);
    while (before < epoch && !__atomic_compare_exchange_n(slot, &before, epoch, false,
                                                          __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
        ;
}
