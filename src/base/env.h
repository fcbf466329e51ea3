/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_BASE_ENV_H
#define MSA_BASE_ENV_H

/* The outside world as functions: time, randomness, the log, hash slots, what must be told of a
 * change. Tests put their own in its place. */

#include <stdbool.h>
#include <apr_pools.h>
#include <apr_time.h>
#include "outcome.h"

/**
 * The outside world as functions, so that the library needs no server and a test brings its own
 * clock, randomness and log. Every function gets `baton` first.
 */
typedef struct msa_env_t {
    void *baton;
    /** Now, UTC, in microseconds. */
    apr_time_t (*now)(void *baton);
    /** Fills `bytes` from a CSPRNG; anything but APR_SUCCESS ends the request unsuccessfully. */
    apr_status_t (*random)(void *baton, unsigned char *bytes, apr_size_t count);
    /** One line, without a newline; untrusted text in it is already quoted (msa_text_quote). */
    void (*log)(void *baton, msa_log_level_t level, const char *line);
    /**
     * Takes one of the machine's hash slots; APR_TIMEUP when none became free in time. Newcomers
     * have a share of them only, so that those who have an account get in.
     */
    apr_status_t (*hash_enter)(void *baton, bool is_newcomer);
    /** Gives the slot of the last successful hash_enter back. */
    void (*hash_leave)(void *baton);
    /** After a commit that changed what is known of this user: forget all cached about him. */
    void (*user_changed)(void *baton, apr_int64_t user_id);
    /** After a commit that ended or changed one ticket: forget the record with this SHA-256. */
    void (*ticket_changed)(void *baton, const unsigned char digest[32]);
    /**
     * Signs a browser out as far as it can be done without its database, at once, and the rest when
     * that is back: `session` and `remember` are the secrets of its cookies, either may be NULL.
     * False when it cannot be kept in mind; NULL where nobody would be there to do it.
     */
    bool (*sign_out_later)(void *baton, const char *session, const char *remember);
    /** 32 bytes that only this server knows: no database and no backup of one has them. */
    const unsigned char *key;
} msa_env_t;

/** The machine's own clock and CSPRNG, for the members of an msa_env_t; the baton is not looked at.
 */
apr_time_t msa_env_now(void *baton);
apr_status_t msa_env_random(void *baton, unsigned char *bytes, apr_size_t count);

/** Microseconds of a clock that nobody sets: for waits and deadlines inside this machine. */
apr_time_t msa_env_ticks(void);

/**
 * A pool of its own memory, which no other thread's pool has to do with: one thread at a time may
 * use it without a lock. It keeps at most so many unused bytes; 0 = as many as there were. Aborts
 * the process when there is no memory.
 */
apr_pool_t *msa_env_pool(apr_size_t kept);

/** Formats one line with apr_psprintf and logs it. */
void msa_env_log(const msa_env_t *env, apr_pool_t *pool, msa_log_level_t level, const char *format,
                 ...) __attribute__((format(printf, 4, 5)));

#endif
