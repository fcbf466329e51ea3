/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_WIRE_RECORD_H
#define MSA_WIRE_RECORD_H

/* What is known of a user, as one block that both processes read in place. */

#include "../identity/identity.h"

#define MSA_RECORD_BYTES_MAX 32768 /* of what is known of a user: a thousand roles or two */

/**
 * What a request knows of its user, as it stands in the record table: one block of memory, texts
 * inside. Roles and permissions are lists as scripts read them: `admin,editor`. Every script that
 * runs inside httpd can read it, so there is nothing in it that proves anything: no secret, no
 * digest of one, no fs_uniquifier.
 */
typedef struct msa_record_t {
    apr_uint32_t size;  /* of the whole block */
    apr_uint64_t epoch; /* of the changes when loading began */
    apr_int64_t user_id, ticket_id;
    apr_time_t issued_at, fresh_at, expires_at;
    apr_uint32_t user_slot, ticket_slot; /* where changes of the two are noted */
    unsigned char purpose, is_confirmed, is_from_flask;
    /* offsets of the texts */
    apr_uint16_t id_text, email, username, method, roles, permissions, held_roles, held_permissions;
    char texts[];
} msa_record_t;

/**
 * Packs an identity; `epoch` was read before the database was. NULL with `*why` (a text that is
 * allocated from `pool` or constant) = not fit to be used.
 */
const msa_record_t *msa_record_pack(apr_pool_t *pool, const msa_identity_t *identity,
                                    apr_uint64_t epoch, const char **why);

/** True when these bytes, wherever they come from, are one block whose texts can be read. */
bool msa_record_is_sound(const void *bytes, apr_size_t length);

/** A text of a block by its offset. */
const char *msa_record_text(const msa_record_t *record, apr_uint16_t offset);
/** True when `name`, `length` bytes without a comma, is in a list of names. */
bool msa_record_has(const msa_record_t *record, apr_uint16_t list, const char *name,
                    apr_size_t length);

#endif
