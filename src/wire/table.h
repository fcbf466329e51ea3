/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_WIRE_TABLE_H
#define MSA_WIRE_TABLE_H

/* The record table: what is known about signed-in users, readable by every child of httpd. */

#include <stdbool.h>
#include <apr_pools.h>
#include <apr_time.h>
#include "record.h"
#include "../base/digest.h"

/*
 * The record table holds what is known about signed-in users, in memory that only the service
 * writes and every child of httpd reads, without a lock. Each entry has a sequence number, odd
 * while it is being written and a new one afterwards; a reader that sees it change has read
 * nothing. A writer that dies halfway leaves it odd, and the entry is void until it is rewritten.
 *
 * Beside the entries are the generations: for each slot, the time of the last change of any user or
 * ticket that shares it. What was loaded at epoch E is good while its slots hold no more than E.
 * The loader reads the clock before the database, and whoever changes something advances it after
 * the commit, so a record never hides a change.
 *
 * The table is an anonymous file in memory whose size is sealed. Processes that may only read it
 * cannot reopen it for writing when it belongs to another user.
 */

#define MSA_TABLE_KEY 16 /* bytes of an entry's key, as msa_proof_key makes it */

/** The table as mapped into one process. */
typedef struct msa_table_t msa_table_t;

/** What a key stands for: a record with its times, or a proof known to identify nobody. */
typedef struct msa_entry_t {
    bool is_bad;                /* the proof is known to identify nobody */
    const msa_record_t *record; /* in the pool of the call; NULL when is_bad */
    apr_time_t used_until;      /* from then on the service is asked again, ... */
    apr_time_t kept_until;      /* ... and if it cannot answer, the record counts until then */
} msa_entry_t;

/**
 * Makes a table with room for `records` entries of usual size. `*fd` is open for reading and
 * writing, close-on-exec; the caller owns it. APR_EINVAL = too many; or an error of the system,
 * such as no memory or no memfd_create(2).
 */
apr_status_t msa_table_make(apr_size_t records, int *fd);

/** Makes the recency of a table with the same `records`: memory that every child may write and that
 * only decides which entry is forgotten first. `*fd` and results as above. */
apr_status_t msa_table_make_recency(apr_size_t records, int *fd);

/**
 * Maps a table and its recency (-1 = none) into this process until `pool` is cleared; the
 * descriptors may be closed afterwards. The recency is always mapped for writing, the table only if
 * `is_writer`. APR_EINVAL = the table was made by another build or is not sealed, or the recency is
 * of another size; or an error of the system.
 */
apr_status_t msa_table_map(apr_pool_t *pool, int fd, int recency_fd, bool is_writer,
                           msa_table_t **table);

/**
 * Finds the entry under `key`. True when it counts: `now` is before its kept_until and, if it has a
 * record, before the record's own end, and nothing about the record has changed. `*entry` is set
 * only then; its record is copied into `pool`. The caller compares used_until.
 */
bool msa_table_get(msa_table_t *table, apr_pool_t *pool, const unsigned char key[MSA_TABLE_KEY],
                   apr_time_t now, msa_entry_t *entry);

/**
 * Stores an entry in place of any under `key`, and may displace one of another key. Nothing happens
 * when its record has changed since it was loaded or is not sound. If the record is too large or
 * the entry over at `now`, only the old entry goes. Neither is reported. For the writer only, one
 * thread at a time.
 */
void msa_table_put(msa_table_t *table, const unsigned char key[MSA_TABLE_KEY],
                   const msa_entry_t *entry, apr_time_t now);

/** The time on the clock of changes, in microseconds; read it before the database is read. For the
 * writer only. */
apr_uint64_t msa_table_epoch(msa_table_t *table);

/** The slot in which changes of a user are noted; `user_id` is never 0. */
apr_uint32_t msa_table_user_slot(apr_int64_t user_id);
/** The slot in which changes of a ticket are noted, by the SHA-256 of its secret. */
apr_uint32_t msa_table_ticket_slot(const unsigned char digest[MSA_DIGEST_SIZE]);

/** Notes a change: no record loaded before that has this slot counts any more, from now on and in
 * every process. For writers only; several may call it at once. */
void msa_table_changed(msa_table_t *table, apr_uint32_t slot);
/** The same for all users. */
void msa_table_changed_all(msa_table_t *table);

#endif
