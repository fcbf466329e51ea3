/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_WIRE_TABLE_H
#define MSA_WIRE_TABLE_H

/* The record table: what is known of those who are signed in, readable for every child of
 * httpd. */

#include <stdbool.h>
#include <apr_pools.h>
#include <apr_time.h>
#include "record.h"
#include "../base/digest.h"

/*
 * The record table: what is known of those who are signed in, in memory that the service alone
 * writes and every child of httpd reads, without a lock. Each record has a sequence number: odd
 * while it is written, and another one afterwards; a reader that saw it change has read nothing. A
 * writer that dies half-way leaves an odd one, and the record is nobody's until it is written anew.
 *
 * Beside the records stand the generations: for each slot the time of the last change of the users
 * or tickets that share it. What was loaded at epoch E is good while its slots hold no more than E.
 * The loader reads the clock before the database, whoever changes something raises it after the
 * commit: so a record never hides a change.
 *
 * It is an anonymous file in memory whose size is sealed. Processes that may only read it cannot
 * open it for writing when it belongs to another user than theirs.
 */

#define MSA_TABLE_KEY 16 /* bytes of a record's key: a keyed digest of what the visitor showed */

/** The table as one process sees it. */
typedef struct msa_table_t msa_table_t;

/** What a key stands for. */
typedef struct msa_entry_t {
    bool is_bad;                /* known to be nobody's, for a few seconds */
    const msa_record_t *record; /* copied into the pool of the call; NULL when it is nobody's */
    apr_time_t used_until;      /* then the service is asked again, ... */
    apr_time_t kept_until;      /* ... and if that cannot answer, the record still counts so long */
} msa_entry_t;

/**
 * Makes a table with room for so many records of usual size. `*fd` is open for reading and writing,
 * close-on-exec. An error of the system, when there is no memory or no memfd_create(2).
 */
apr_status_t msa_table_make(apr_size_t records, int *fd);

/** The recency of the records: memory that every child may write and that only says what is
 * forgotten first. A descriptor as above. */
apr_status_t msa_table_make_recency(apr_size_t records, int *fd);

/**
 * Maps a table and its recency (a descriptor of -1 = none) into this process until `pool` goes; the
 * descriptors may be closed afterwards. APR_EINVAL when the file is no table of this build.
 */
apr_status_t msa_table_map(apr_pool_t *pool, int fd, int recency_fd, bool is_writer,
                           msa_table_t **table);

/**
 * What stands under `key`, if it may count at all: nothing about it has changed, and `now` is
 * before kept_until and before the record's own end. False when there is nothing of the kind.
 */
bool msa_table_get(msa_table_t *table, apr_pool_t *pool, const unsigned char key[MSA_TABLE_KEY],
                   apr_time_t now, msa_entry_t *entry);

/** Writes a record; whether it is kept matters to nobody. One thread at a time. */
void msa_table_put(msa_table_t *table, const unsigned char key[MSA_TABLE_KEY],
                   const msa_entry_t *entry, apr_time_t now);

/** The time on the clock of changes; read it before the database is read. */
apr_uint64_t msa_table_epoch(msa_table_t *table);

/** The slot in which the changes of a user (never 0) are noted. */
apr_uint32_t msa_table_user_slot(apr_int64_t user_id);
/** The slot of a ticket with this SHA-256. */
apr_uint32_t msa_table_ticket_slot(const unsigned char digest[MSA_DIGEST_SIZE]);

/** Notes a change: everything that was loaded before and has this slot counts no more. At once, in
 * every process; by any writer, also by several at once. */
void msa_table_changed(msa_table_t *table, apr_uint32_t slot);
/** The same about everybody. */
void msa_table_changed_all(msa_table_t *table);

#endif
