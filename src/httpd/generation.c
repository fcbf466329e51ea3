/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

#include <apr_shm.h>

#define SLOTS 65536

/*
 * `epoch` is a clock in microseconds that never stands still at a change and never goes back; a
 * slot holds the time of the last change of the users that share it. What was loaded at epoch E is
 * good while its slot holds no more than E. The loader reads the clock before the database, whoever
 * changes something reads it after the commit: so a fill never hides a change. That it runs with
 * the time of day lets machines that share a cache compare what they put there.
 */
struct msa_generations_t {
    apr_uint64_t epoch;
    apr_uint64_t everybody;
    apr_uint64_t slots[SLOTS];
};

apr_status_t msa_generation_make(apr_pool_t *pool)
{
    apr_shm_t *shm = NULL;
    msa_generations_t *made;
    apr_status_t status = apr_shm_create(&shm, sizeof(*made), NULL, pool);
    if (status != APR_SUCCESS)
        return status;
    made = apr_shm_baseaddr_get(shm);
    memset(made, 0, sizeof(*made));
    /* What other machines put into a shared cache before may have changed while we were away. */
    made->epoch = made->everybody = (apr_uint64_t)apr_time_now();
    msa_runtime.generations = made;
    return APR_SUCCESS;
}

static apr_size_t slot_of(apr_int64_t user_id)
{
    /* Fibonacci hashing: neighbouring ids land far from each other. */
    return (apr_size_t)(((apr_uint64_t)user_id * 0x9E3779B97F4A7C15ULL) >> 48) % SLOTS;
}

/* Moves the clock on by at least `step`, also when the machine's own was set back. */
static apr_uint64_t advance(apr_uint64_t step)
{
    apr_uint64_t *epoch = &msa_runtime.generations->epoch;
    apr_uint64_t day = (apr_uint64_t)apr_time_now();
    apr_uint64_t before = __atomic_load_n(epoch, __ATOMIC_SEQ_CST);
    apr_uint64_t after;
    do {
        after = day > before + step ? day : before + step;
    } while (!__atomic_compare_exchange_n(epoch, &before, after, false, __ATOMIC_SEQ_CST,
                                          __ATOMIC_SEQ_CST));
    return after;
}

apr_uint64_t msa_generation_now(void)
{
    return advance(0);
}

apr_int64_t msa_generation_id(const unsigned char digest[MSA_DIGEST_SIZE])
{
    apr_int64_t id;
    memcpy(&id, digest, sizeof(id));
    return id ? id : 1;
}

bool msa_generation_is_current(apr_int64_t user_id, apr_uint64_t epoch)
{
    const msa_generations_t *all = msa_runtime.generations;
    return __atomic_load_n(&all->slots[slot_of(user_id)], __ATOMIC_SEQ_CST) <= epoch &&
           __atomic_load_n(&all->everybody, __ATOMIC_SEQ_CST) <= epoch;
}

void msa_generation_bump(apr_int64_t user_id)
{
    msa_generations_t *all = msa_runtime.generations;
    apr_uint64_t *slot = user_id ? &all->slots[slot_of(user_id)] : &all->everybody;
    apr_uint64_t epoch = advance(1);
    apr_uint64_t before = __atomic_load_n(slot, __ATOMIC_SEQ_CST);
    while (before < epoch && !__atomic_compare_exchange_n(slot, &before, epoch, false,
                                                          __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
        ;
}
