/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_SERVICE_LEASE_H
#define MSA_SERVICE_LEASE_H

/* Shared by the files of databases only: a single connection, which knows nothing of the pool. */

#include <stdbool.h>
#include <sys/types.h>
#include <apr_dbd.h>
#include <apr_pools.h>
#include <apr_time.h>

/** The file of an SQLite database, whatever its name. */
typedef struct msa_file_t {
    apr_uint64_t device, inode;
    apr_int64_t made_at; /* in nanoseconds; 0 = not known. Inodes are reused */
} msa_file_t;

/** What every connection to a database is made with. */
typedef struct msa_target_t {
    const apr_dbd_driver_t *driver; /* NULL = it is not installed */
    const char *driver_name;
    const char *params;             /* with a password: never log it */
    const char *path;               /* of an SQLite file; NULL = a server */
    const char *name;               /* for the log, quoted where needed */
    const char *place;              /* identifies the database; nothing secret */
    int (*socket_of)(void *handle); /* -1 = it has none any more; NULL = the driver cannot tell */
} msa_target_t;

/** A connection, in a pool (with an allocator) of its own. */
typedef struct msa_lease_t {
    struct msa_lease_t *next;
    void *owner;
    const msa_target_t *target;
    apr_pool_t *pool;
    apr_dbd_t *handle; /* NULL = not open */
    int socket;        /* ours, a duplicate, as the library may close its own; -1 = none */
    msa_file_t file;
    unsigned epoch;   /* msa_database_t's, when it was opened */
    apr_time_t since; /* of msa_env_ticks(): when it was taken or given back */
    bool is_cut;
} msa_lease_t;

/**
 * Loads the driver and initialises its library, which is not thread-safe: call it before there are
 * other threads. Opens nothing.
 */
void msa_target_make(apr_pool_t *pool, const char *driver, const char *params,
                     msa_target_t *target);

/** Finds out which file `path` leads to now. False when there is none or it cannot be seen. */
bool msa_file_look(const char *path, msa_file_t *file);
bool msa_file_equal(const msa_file_t *one, const msa_file_t *other);
/** A number, never 0, that another file hardly ever has. */
apr_uint64_t msa_file_number(const msa_file_t *file);

/** Makes a lease that is not open. `owner` is for the caller's own use. */
msa_lease_t *msa_lease_make(const msa_target_t *target, void *owner);

/**
 * Opens it, however long that takes. Programs started later do not inherit it. On failure `*error`
 * says why, fit for the log, as a constant or in the lease's pool; the lease must still be closed.
 */
apr_status_t msa_lease_open(msa_lease_t *lease, const char **error);

/** True when the connection is good, as far as can be told without waiting for a server. */
bool msa_lease_is_alive(const msa_lease_t *lease);

/** True when the server has hung up, even while another thread uses the connection. False without a
 * socket. */
bool msa_lease_is_ended(const msa_lease_t *lease);

/** Makes whatever statement another thread is executing fail; does not wait. The lease must have a
 * socket. */
void msa_lease_cut(msa_lease_t *lease);

/** Closes and frees a list of leases, open or not; NULL = none. */
void msa_lease_close(msa_lease_t *first);

#endif
