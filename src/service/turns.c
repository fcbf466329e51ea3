/* SPDX-License-Identifier: Apache-2.0 */
/* Turns to hash: a limited number at once, in order of arrival, with room left for users who
 * already have an account. */

#include "turns.h"

#include <pthread.h>
#include <time.h>

/*
 * Newcomers wait for one of their own slots first, so that users with an account get through. In
 * each room turns are taken in order of arrival.
 */
typedef struct waiter_t {
    struct waiter_t *next;
} waiter_t;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct room_t {
    int free;
    waiter_t *first, **last;
    pthread_cond_t moved;
} rooms[2]; /* for everybody; for newcomers */

static void make_room(struct room_t *room, int slots)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&room->moved, &attributes);
    pthread_condattr_destroy(&attributes);
    room->free = slots;
    room->last = &room->first;
}

void msa_turns_make(int slots)
{
    make_room(&rooms[false], slots);
    make_room(&rooms[true], slots > 1 ? slots / 2 : 1);
}

static void leave_line(struct room_t *room, const waiter_t *waiter)
{
    waiter_t **place = &room->first;
    while (*place != waiter)
        place = &(*place)->next;
    *place = waiter->next;
    if (!*place)
        room->last = place;
}

static apr_status_t enter(struct room_t *room, apr_time_t until)
{
    struct timespec end = {apr_time_sec(until), apr_time_usec(until) * 1000};
    waiter_t waiter = {NULL};
    bool is_late = false;
    pthread_mutex_lock(&lock);
    *room->last = &waiter;
    /* cppcheck-suppress autoVariables ; it leaves the line before this function ends */
    room->last = &waiter.next;
    while (!is_late && (room->first != &waiter || room->free == 0))
        is_late = pthread_cond_timedwait(&room->moved, &lock, &end) != 0;
    is_late = room->first != &waiter || room->free == 0;
    leave_line(room, &waiter);
    if (!is_late)
        room->free--;
    pthread_cond_broadcast(&room->moved);
    pthread_mutex_unlock(&lock);
    return is_late ? APR_TIMEUP : APR_SUCCESS;
}

static void leave_room(struct room_t *room)
{
    pthread_mutex_lock(&lock);
    room->free++;
    pthread_cond_broadcast(&room->moved);
    pthread_mutex_unlock(&lock);
}

apr_status_t msa_turn_wait(bool is_newcomer, apr_time_t until)
{
    apr_status_t status = is_newcomer ? enter(&rooms[true], until) : APR_SUCCESS;
    if (status != APR_SUCCESS)
        return status;
    status = enter(&rooms[false], until);
    if (status != APR_SUCCESS && is_newcomer)
        leave_room(&rooms[true]);
    return status;
}

void msa_turn_end(bool is_newcomer)
{
    leave_room(&rooms[false]);
    if (is_newcomer)
        leave_room(&rooms[true]);
}
