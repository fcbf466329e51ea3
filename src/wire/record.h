/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_WIRE_RECORD_H
#define MSA_WIRE_RECORD_H

/* What is known about a user, as one block that both processes read in place. */

#include "../identity/identity.h"

#define MSA_RECORD_BYTES_MAX 32768 /* of a record: enough for one or two thousand roles */

/**
 * What the record table holds about a signed-in user: one block of memory with its texts inside.
 * Roles and permissions are lists as scripts read them: `admin,editor`. Every script that runs
 * inside httpd can read it, so nothing in it proves anything: no secret, no digest of one, no
 * fs_uniquifier.
 */
typedef struct msa_record_t {
    apr_uint32_t size;  /* bytes of the whole block */
    apr_uint64_t epoch; /* clock of changes when loading began */
    apr_int64_t user_id, ticket_id;
    apr_time_t issued_at, fresh_at, expires_at;
    apr_uint32_t user_slot, ticket_slot; /* where changes of the user and the ticket are noted */
    unsigned char purpose, is_confirmed, is_from_flask;
    /* offsets in `texts` */
    apr_uint16_t id_text, email, username, method, roles, permissions, held_roles, held_permissions;
    char texts[];
} msa_record_t;

/**
 * Packs an identity into a record from `pool`. `epoch` is msa_table_epoch from before the database
 * was read. NULL = it cannot be used, and `*why` (a constant) tells the reason for the log.
 */
const msa_record_t *msa_record_pack(apr_pool_t *pool, const msa_identity_t *identity,
                                    apr_uint64_t epoch, const char **why);

/** True when `length` bytes from anywhere, aligned or not, are one block whose texts can be
 * read. */
bool msa_record_is_sound(const void *bytes, apr_size_t length);

/** A text of a record by its offset (`record->email`, ...). */
const char *msa_record_text(const msa_record_t *record, apr_uint16_t offset);
/** True when `name`, `length` bytes without a comma, is in the list of names at offset `list`. */
bool msa_record_has(const msa_record_t *record, apr_uint16_t list, const char *name,
                    apr_size_t length);

#endif
