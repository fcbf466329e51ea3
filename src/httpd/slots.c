/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>

#include <apr_shm.h>

#define SLOTS_MAX         1024
#define WAITERS_PER_SLOT  4
#define WAIT_MILLISECONDS 250
#define TURN_MILLISECONDS 25

/*
 * Robust mutexes in shared memory: the kernel gives back what a killed child held, which a
 * semaphore would have lost for ever. Who waits holds a seat of the waiting room, so its size is
 * bounded too.
 */
struct msa_slots_t {
    int count;
    pthread_mutex_t *seats; /* WAITERS_PER_SLOT for each slot */
    pthread_mutex_t slots[];
};

static int make_mutex(pthread_mutex_t *mutex)
{
    pthread_mutexattr_t attributes;
    int error = pthread_mutexattr_init(&attributes);
    if (!error)
        error = pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    if (!error)
        error = pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    if (!error)
        error = pthread_mutex_init(mutex, &attributes);
    pthread_mutexattr_destroy(&attributes);
    return error;
}

apr_status_t msa_slots_make(apr_pool_t *pool, int wanted, msa_slots_t **slots)
{
    int count = wanted > SLOTS_MAX ? SLOTS_MAX : wanted;
    int all = count * (1 + WAITERS_PER_SLOT);
    apr_size_t size = sizeof(msa_slots_t) + (apr_size_t)all * sizeof(pthread_mutex_t);
    apr_shm_t *shm = NULL;
    msa_slots_t *room;
    int error = 0;
    apr_status_t status = apr_shm_create(&shm, size, NULL, pool);
    if (status != APR_SUCCESS)
        return status;
    room = apr_shm_baseaddr_get(shm);
    memset(room, 0, size);
    room->count = count;
    room->seats = room->slots + count;
    for (int i = 0; i < all && !error; i++)
        error = make_mutex(&room->slots[i]);
    *slots = room;
    return error;
}

static bool is_mine(pthread_mutex_t *mutex, int error)
{
    if (error == EOWNERDEAD)
        error = pthread_mutex_consistent(mutex);
    return error == 0;
}

static int try_any(pthread_mutex_t *mutexes, int count)
{
    for (int i = 0; i < count; i++) {
        if (is_mine(&mutexes[i], pthread_mutex_trylock(&mutexes[i])))
            return i;
    }
    return -1;
}

static struct timespec in_milliseconds(int milliseconds)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += (long)milliseconds * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    return until;
}

/* Waits at each slot in turn, so that whichever becomes free first is taken soon. */
static int wait_for_slot(msa_slots_t *room)
{
    for (int turn = 0; turn < WAIT_MILLISECONDS / TURN_MILLISECONDS; turn++) {
        struct timespec until = in_milliseconds(TURN_MILLISECONDS);
        int slot = turn % room->count;
        if (is_mine(&room->slots[slot], pthread_mutex_timedlock(&room->slots[slot], &until)))
            return slot;
        slot = try_any(room->slots, room->count);
        if (slot >= 0)
            return slot;
    }
    return -1;
}

apr_status_t msa_slots_enter(msa_slots_t *room, int *slot)
{
    int seat;
    *slot = try_any(room->slots, room->count);
    if (*slot >= 0)
        return APR_SUCCESS;
    seat = try_any(room->seats, room->count * WAITERS_PER_SLOT);
    if (seat < 0)
        return APR_TIMEUP;
    *slot = wait_for_slot(room);
    pthread_mutex_unlock(&room->seats[seat]);
    return *slot >= 0 ? APR_SUCCESS : APR_TIMEUP;
}

void msa_slots_leave(msa_slots_t *room, int slot)
{
    pthread_mutex_unlock(&room->slots[slot]);
}
