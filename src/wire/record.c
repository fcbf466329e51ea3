/* SPDX-License-Identifier: Apache-2.0 */
/* Packs what is known about a user into one block of bytes without a secret in it, and checks such
 * a block before it is read. */

#include "record.h"
#include "table.h"

#include "../base/text.h"

#include <stddef.h>
#include <string.h>

#include <apr_strings.h>

#define TEXTS_MAX (MSA_RECORD_BYTES_MAX - offsetof(msa_record_t, texts))

const char *msa_record_text(const msa_record_t *record, apr_uint16_t offset)
{
    return record->texts + offset;
}

bool msa_record_has(const msa_record_t *record, apr_uint16_t list, const char *name,
                    apr_size_t length)
{
    const char *at = msa_record_text(record, list);
    while (at) {
        if (strncmp(at, name, length) == 0 && (at[length] == ',' || !at[length]))
            return length > 0;
        at = strchr(at, ',');
        at = at ? at + 1 : NULL;
    }
    return false;
}

/* ---- packing ---- */

/** A block being filled. */
typedef struct block_t {
    apr_pool_t *pool;
    msa_record_t *record;
    apr_size_t used; /* bytes of TEXTS_MAX */
    bool is_full;
} block_t;

static apr_uint16_t add(block_t *block, const char *text)
{
    apr_size_t length = strlen(text) + 1;
    apr_uint16_t offset = (apr_uint16_t)block->used;
    if (length > TEXTS_MAX - block->used) {
        block->is_full = true;
        return 0;
    }
    memcpy(block->record->texts + block->used, text, length);
    block->used += length;
    return offset;
}

static apr_uint16_t add_list(block_t *block, const apr_array_header_t *names)
{
    return add(block, apr_array_pstrcat(block->pool, names, ','));
}

/* A personal token's scope is a subset of what its user holds; otherwise both lists are one
 * text. */
static apr_uint16_t add_held(block_t *block, apr_uint16_t list, const apr_array_header_t *names,
                             const apr_array_header_t *held)
{
    return names == held ? list : add_list(block, held);
}

static void fill_texts(block_t *block, const msa_identity_t *identity)
{
    msa_record_t *record = block->record;
    add(block, "");
    record->id_text = add(block, apr_psprintf(block->pool, "%" APR_INT64_T_FMT, identity->user_id));
    record->email = add(block, identity->email);
    record->username = add(block, identity->username ? identity->username : "");
    record->method = add(block, identity->method);
    record->roles = add_list(block, identity->roles);
    record->permissions = add_list(block, identity->permissions);
    record->held_roles = add_held(block, record->roles, identity->roles, identity->held_roles);
    record->held_permissions =
        add_held(block, record->permissions, identity->permissions, identity->held_permissions);
}

static void fill_numbers(msa_record_t *record, const msa_identity_t *identity)
{
    bool has_digest = identity->ticket_id || identity->is_from_flask;
    record->user_id = identity->user_id;
    record->ticket_id = identity->ticket_id;
    record->issued_at = identity->issued_at;
    record->fresh_at = identity->fresh_at;
    record->expires_at = identity->expires_at;
    record->user_slot = msa_table_user_slot(identity->user_id);
    /* After a password there is no ticket that could end: only the user can change. */
    record->ticket_slot = has_digest ? msa_table_ticket_slot(identity->digest) : record->user_slot;
    record->purpose = (unsigned char)identity->purpose;
    record->is_confirmed = identity->is_confirmed;
    record->is_from_flask = identity->is_from_flask;
}

/* What other programs wrote into the user table must not turn into two headers or two log lines. */
static bool is_clean(const msa_identity_t *identity)
{
    return *identity->email && msa_text_is_name(identity->email) &&
           (!identity->username || msa_text_is_name(identity->username));
}

const msa_record_t *msa_record_pack(apr_pool_t *pool, const msa_identity_t *identity,
                                    apr_uint64_t epoch, const char **why)
{
    block_t block = {.pool = pool};
    if (!is_clean(identity)) {
        *why = "control or invisible characters in the name";
        return NULL;
    }
    block.record = apr_pcalloc(pool, MSA_RECORD_BYTES_MAX);
    fill_texts(&block, identity);
    if (block.is_full) {
        *why = "too many roles and permissions";
        return NULL;
    }
    fill_numbers(block.record, identity);
    block.record->size = (apr_uint32_t)(offsetof(msa_record_t, texts) + block.used);
    block.record->epoch = epoch;
    return block.record;
}

/* ---- checking ---- */

static bool are_texts_sound(const msa_record_t *head, const char *texts, apr_size_t room)
{
    const apr_uint16_t offsets[] = {head->id_text,    head->email,           head->username,
                                    head->method,     head->roles,           head->permissions,
                                    head->held_roles, head->held_permissions};
    if (texts[room - 1])
        return false;
    for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
        if (offsets[i] >= room)
            return false;
    }
    return true;
}

bool msa_record_is_sound(const void *bytes, apr_size_t length)
{
    msa_record_t head;
    if (length < sizeof(head) || length > MSA_RECORD_BYTES_MAX)
        return false;
    memcpy(&head, bytes, sizeof(head));
    return head.size == length && head.purpose < MSA_PURPOSE_COUNT &&
           are_texts_sound(&head, (const char *)bytes + offsetof(msa_record_t, texts),
                           length - offsetof(msa_record_t, texts));
}
