/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_WIRE_TABLE_LEDGER_H
#define MSA_WIRE_TABLE_LEDGER_H

#include "table.h"

/*
 * What a service leaves to the next one, however it ends: how far it followed the changes of each
 * store, and who signed out while a database was away. Children may read it: there is no secret in
 * it.
 */

#define MSA_LEDGER_MARKS    256
#define MSA_LEDGER_SIGNOUTS 4096

/** How far the changes of a store were followed. */
typedef struct msa_mark_t {
    apr_int64_t id;        /* all rows up to this one were followed */
    apr_time_t created_at; /* of that row; 0 = there was none */
    apr_time_t taken_at;   /* when that row was the newest */
    apr_int64_t newest;    /* id of the newest row that was read */
} msa_mark_t;

/** The mark of `store`, a number that is never 0 and that every service derives from the same
 * facts. False = it was never kept, or is damaged. */
bool msa_ledger_mark_get(const msa_table_t *table, apr_uint64_t store, msa_mark_t *mark);
/** Keeps the mark of a store, in place of its last one. Once MSA_LEDGER_MARKS stores have one,
 * those of others are not kept. */
void msa_ledger_mark_put(msa_table_t *table, apr_uint64_t store, const msa_mark_t *mark);

/** Someone who signed out: SHA-256 of their session and remember cookies' secrets, all zero =
 * none. */
typedef struct msa_signout_t {
    apr_uint64_t store;
    unsigned char session[MSA_DIGEST_SIZE], remember[MSA_DIGEST_SIZE];
} msa_signout_t;

/** A position among the sign-outs; begins as zeros. */
typedef struct msa_ledger_place_t {
    unsigned index; /* of the next one */
    apr_uint64_t state;
} msa_ledger_place_t;

/** Keeps a sign-out until msa_ledger_signout_end. False when there are MSA_LEDGER_SIGNOUTS already.
 * Several threads and processes may call it at once. */
bool msa_ledger_signout_add(msa_table_t *table, const msa_signout_t *signout);
/** Finds the next sign-out of a store and moves `place` on. False when there are no more. */
bool msa_ledger_signout_next(const msa_table_t *table, apr_uint64_t store,
                             msa_ledger_place_t *place, msa_signout_t *signout);
/** Ends the sign-out that msa_ledger_signout_next found last, unless someone else has already. */
void msa_ledger_signout_end(msa_table_t *table, const msa_ledger_place_t *place);
/** True when a kept sign-out of this store (0 = of any) has this SHA-256 as session or remember
 * cookie. */
bool msa_ledger_is_signed_out(const msa_table_t *table, apr_uint64_t store,
                              const unsigned char digest[MSA_DIGEST_SIZE]);

#endif
