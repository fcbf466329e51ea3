/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_BASE_ENV_H
#define MSA_BASE_ENV_H

/* The outside world as functions: time, randomness, the log, hash slots, and whoever must hear of a
 * change. */

#include <stdbool.h>
#include <apr_pools.h>
#include <apr_time.h>
#include "outcome.h"

/**
 * The outside world as functions, so that the library needs no server and a test can bring its own
 * clock, randomness and log. Every function gets `baton` first.
 */
typedef struct msa_env_t {
    void *baton;
    /** Now, UTC, in microseconds. */
    apr_time_t (*now)(void *baton);
    /** Fills `bytes` from a CSPRNG. Anything but APR_SUCCESS makes the request fail. */
    apr_status_t (*random)(void *baton, unsigned char *bytes, apr_size_t count);
    /**
     * Writes one line, which has no newline; untrusted text in it is already quoted
     * (msa_text_quote).
     */
    void (*log)(void *baton, msa_log_level_t level, const char *line);
    /**
     * Takes one of the machine's hash slots; APR_TIMEUP when none becomes free in time. Newcomers
     * may use only a share of them, so that people with an account get in.
     */
    apr_status_t (*hash_enter)(void *baton, bool is_newcomer);
    /** Gives back the slot of the last successful hash_enter. */
    void (*hash_leave)(void *baton);
    /**
     * After a commit that changed what is known about this user: forget everything cached about
     * them. 0 = about every user.
     */
    void (*user_changed)(void *baton, apr_int64_t user_id);
    /** After a commit that ended or changed one ticket: forget the record with this SHA-256. */
    void (*ticket_changed)(void *baton, const unsigned char digest[32]);
    /**
     * Signs a browser out at once as far as that is possible without its database, and completely
     * when the database is back. `session` and `remember` are the secrets in its cookies; either
     * may be NULL. False when this cannot be remembered. The member is NULL where nothing would
     * finish the job.
     */
    bool (*sign_out_later)(void *baton, const char *session, const char *remember);
    /** 32 bytes known to this server only: no database and no backup of one contains them. */
    const unsigned char *key;
} msa_env_t;

/** The machine's own clock and CSPRNG, for the members of an msa_env_t; both ignore the baton. */
apr_time_t msa_env_now(void *baton);
apr_status_t msa_env_random(void *baton, unsigned char *bytes, apr_size_t count);

/** Microseconds of the monotonic clock: for timeouts and deadlines inside this machine. */
apr_time_t msa_env_ticks(void);

/**
 * A pool with an allocator of its own, shared with no other pool: one thread at a time may use it
 * without a lock. The allocator keeps at most `kept` unused bytes; 0 = all of them. Aborts the
 * process when there is no memory.
 */
apr_pool_t *msa_env_pool(apr_size_t kept);

/** Formats one line with apr_pvsprintf into `pool` and logs it. */
void msa_env_log(const msa_env_t *env, apr_pool_t *pool, msa_log_level_t level, const char *format,
                 ...) __attribute__((format(printf, 4, 5)));

#endif
