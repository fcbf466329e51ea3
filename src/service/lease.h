/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_SERVICE_LEASE_H
#define MSA_SERVICE_LEASE_H

/* Between the files of databases only: one connection, without the crowd. */

#include <stdbool.h>
#include <sys/types.h>
#include <apr_dbd.h>
#include <apr_pools.h>
#include <apr_time.h>

/** The file of an SQLite database, whatever its name. */
typedef struct msa_file_t {
    apr_uint64_t device, inode;
    apr_int64_t made_at; /* an inode may be another file's as soon as nobody has it open */
} msa_file_t;

/** What every connection of a database is made with. */
typedef struct msa_target_t {
    const apr_dbd_driver_t *driver; /* NULL = it is not installed */
    const char *driver_name;
    const char *params;             /* with a password: never for the log */
    const char *path;               /* of SQLite's file; NULL = a server */
    const char *name;               /* for the log, quoted where needed */
    const char *place;              /* all that tells it from others, and nothing secret */
    int (*socket_of)(void *handle); /* -1 = it has none any more; NULL = the driver does not tell */
} msa_target_t;

/** A connection, which stands in a pool (and an allocator) of its own. */
typedef struct msa_lease_t {
    struct msa_lease_t *next;
    void *owner;
    const msa_target_t *target;
    apr_pool_t *pool;
    apr_dbd_t *handle; /* NULL = not open */
    int socket;        /* ours, a duplicate: the library closes its own when it likes; -1 = none */
    msa_file_t file;
    unsigned epoch;   /* of the file it was opened on */
    apr_time_t since; /* of msa_env_ticks(): taken or given back */
    bool is_cut;
} msa_lease_t;

/**
 * Loads the driver and readies its library, which is not safe to do in two threads at once: before
 * the threads begin. Opens nothing.
 */
void msa_target_make(apr_pool_t *pool, const char *driver, const char *params,
                     msa_target_t *target);

/** Which file it is now. False when there is none (or it cannot be seen). */
bool msa_file_look(const char *path, msa_file_t *file);
bool msa_file_equal(const msa_file_t *one, const msa_file_t *other);
/** A number that is hardly ever another file's, never 0. */
apr_uint64_t msa_file_number(const msa_file_t *file);

/** Makes one that is not open yet. `owner` is the caller's own. */
msa_lease_t *msa_lease_make(const msa_target_t *target, void *owner);

/**
 * Opens it, which takes as long as it takes. No program that is started later inherits it. On
 * failure `*error` says why, in a form for the log, from the lease's pool.
 */
apr_status_t msa_lease_open(msa_lease_t *lease, const char **error);

/** Whether it is still good, as far as one can tell without waiting for the server. */
bool msa_lease_is_alive(const msa_lease_t *lease);

/** Whether the server has hung up, also while another thread uses it. */
bool msa_lease_is_ended(const msa_lease_t *lease);

/** Ends whatever statement another thread is in, with an error; does not wait. */
void msa_lease_cut(msa_lease_t *lease);

/** Closes a list of them, open or not, with their memory. */
void msa_lease_close(msa_lease_t *first);

#endif
