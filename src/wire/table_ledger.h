/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_WIRE_TABLE_LEDGER_H
#define MSA_WIRE_TABLE_LEDGER_H

#include "table.h"

/* What a service leaves to the next one, however it ends: how far it has followed the changes of
 * each store, and who signed out while a database was away. Children may read it: no secret stands
 * in it. A store is a number, never 0, that each service makes of the same facts. */

#define MSA_LEDGER_MARKS    256
#define MSA_LEDGER_SIGNOUTS 4096

/** A row of the table of changes, and how far was read beyond it. */
typedef struct msa_mark_t {
    apr_int64_t id;        /* all up to it was followed */
    apr_time_t created_at; /* of this row; 0 = it was none */
    apr_time_t taken_at;   /* when it was the newest */
    apr_int64_t newest;    /* the newest row that was read */
} msa_mark_t;

/** The mark of a store. False when it is not known. */
bool msa_ledger_mark_get(const msa_table_t *table, apr_uint64_t store, msa_mark_t *mark);
/** Keeps it, when there is a place for one more store: what is not kept is not known. */
void msa_ledger_mark_put(msa_table_t *table, apr_uint64_t store, const msa_mark_t *mark);

/** Who signed out: the SHA-256 of the secrets of their cookies, all zero where there was none. */
typedef struct msa_signout_t {
    apr_uint64_t store;
    unsigned char session[MSA_DIGEST_SIZE], remember[MSA_DIGEST_SIZE];
} msa_signout_t;

/** Where one stands; begin with zeros. */
typedef struct msa_ledger_place_t {
    unsigned index; /* of the next one */
    apr_uint64_t state;
} msa_ledger_place_t;

/** Keeps a sign-out until msa_ledger_signout_end. False when there are too many. By several threads
 * and processes at once. */
bool msa_ledger_signout_add(msa_table_t *table, const msa_signout_t *signout);
/** The next one of a store. False when there are no more. */
bool msa_ledger_signout_next(const msa_table_t *table, apr_uint64_t store,
                             msa_ledger_place_t *place, msa_signout_t *signout);
/** The one that msa_ledger_signout_next found is done. Another may have done it, too. */
void msa_ledger_signout_end(msa_table_t *table, const msa_ledger_place_t *place);
/** Whether a secret with this SHA-256 is to be ended. */
bool msa_ledger_is_signed_out(const msa_table_t *table,
                              const unsigned char digest[MSA_DIGEST_SIZE]);

#endif
