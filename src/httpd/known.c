/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

#include "../base/text.h"

#include <apr_strings.h>

const char *msa_known_text(const msa_known_t *known, apr_uint16_t offset)
{
    return known->texts + offset;
}

bool msa_known_has(const msa_known_t *known, apr_uint16_t list, const char *name_with_comma)
{
    const char *names = msa_known_text(known, list);
    apr_size_t length = strlen(name_with_comma);
    while (*names) {
        if (strncmp(names, name_with_comma, length) == 0)
            return true;
        names = strchr(names, ',') + 1;
    }
    return false;
}

/** A block while it is being filled. */
typedef struct block_t {
    msa_known_t *known;
    apr_size_t used; /* of the texts */
    apr_size_t room;
    bool is_full;
} block_t;

static apr_uint16_t add(block_t *block, const char *text)
{
    apr_size_t length = strlen(text) + 1;
    apr_uint16_t offset = (apr_uint16_t)block->used;
    if (length > block->room - block->used) {
        block->is_full = true;
        return 0;
    }
    memcpy(block->known->texts + block->used, text, length);
    block->used += length;
    return offset;
}

static const char *join(apr_pool_t *pool, const apr_array_header_t *names)
{
    const char *joined = apr_array_pstrcat(pool, names, ',');
    return *joined ? apr_pstrcat(pool, joined, ",", NULL) : joined;
}

/* A personal token's scope is a part of what its user has; for all others the two are one text. */
static apr_uint16_t add_held(request_rec *r, block_t *block, apr_uint16_t list,
                             const apr_array_header_t *names, const apr_array_header_t *held)
{
    return names == held ? list : add(block, join(r->pool, held));
}

static void fill_texts(request_rec *r, const msa_identity_t *identity, block_t *block)
{
    msa_known_t *known = block->known;
    add(block, "");
    known->id_text = add(block, apr_psprintf(r->pool, "%" APR_INT64_T_FMT, identity->user_id));
    known->email = add(block, identity->email);
    known->username = add(block, identity->username ? identity->username : "");
    known->uniquifier = add(block, identity->fs_uniquifier);
    known->family = add(block, identity->family ? identity->family : "");
    known->audience = add(block, identity->audience);
    known->method = add(block, identity->method);
    known->roles = add(block, join(r->pool, identity->roles));
    known->permissions = add(block, join(r->pool, identity->permissions));
    known->held_roles = add_held(r, block, known->roles, identity->roles, identity->held_roles);
    known->held_permissions =
        add_held(r, block, known->permissions, identity->permissions, identity->held_permissions);
}

/* What other programs wrote into the table may not become two headers or two log lines. */
static bool is_clean(const msa_identity_t *identity)
{
    return *identity->email && msa_text_is_name(identity->email) &&
           (!identity->username || msa_text_is_name(identity->username));
}

const msa_known_t *msa_known_pack(request_rec *r, const msa_identity_t *identity,
                                  apr_uint64_t epoch)
{
    const msa_server_t *config = msa_config_server(r->server);
    block_t block = {.room = MSA_KNOWN_BYTES_MAX - sizeof(msa_known_t)};
    msa_known_t *known = apr_pcalloc(r->pool, sizeof(*known) + block.room);
    block.known = known;
    if (is_clean(identity))
        fill_texts(r, identity, &block);
    if (block.is_full || !block.used) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, "user %" APR_INT64_T_FMT " is refused: %s",
                      identity->user_id,
                      block.used ? "too many roles and permissions"
                                 : "control or invisible characters in the name");
        return NULL;
    }
    known->size = (apr_uint32_t)(sizeof(*known) + block.used);
    known->epoch = epoch;
    known->user_id = identity->user_id;
    known->ticket_id = identity->ticket_id;
    known->issued_at = identity->issued_at;
    known->fresh_at = identity->fresh_at;
    known->expires_at = identity->expires_at;
    memcpy(known->digest, identity->digest, sizeof(known->digest));
    memcpy(known->fingerprint, config->fingerprint[msa_world_is_secure(r)],
           sizeof(known->fingerprint));
    known->purpose = (unsigned char)identity->purpose;
    known->is_confirmed = identity->is_confirmed;
    known->is_foreign = identity->is_foreign;
    known->has_username = identity->username != NULL;
    known->has_family = identity->family != NULL;
    return known;
}

static const apr_array_header_t *split(apr_pool_t *pool, const msa_known_t *known,
                                       apr_uint16_t list)
{
    return msa_text_words(pool, msa_known_text(known, list), ",");
}

msa_identity_t *msa_known_identity(apr_pool_t *pool, const msa_known_t *known)
{
    msa_identity_t *identity = apr_pcalloc(pool, sizeof(*identity));
    identity->ticket_id = known->ticket_id;
    memcpy(identity->digest, known->digest, sizeof(identity->digest));
    identity->purpose = (msa_purpose_t)known->purpose;
    identity->method = msa_known_text(known, known->method);
    identity->user_id = known->user_id;
    identity->email = msa_known_text(known, known->email);
    identity->username = known->has_username ? msa_known_text(known, known->username) : NULL;
    identity->fs_uniquifier = msa_known_text(known, known->uniquifier);
    identity->roles = split(pool, known, known->roles);
    identity->permissions = split(pool, known, known->permissions);
    identity->held_roles = split(pool, known, known->held_roles);
    identity->held_permissions = split(pool, known, known->held_permissions);
    identity->family = known->has_family ? msa_known_text(known, known->family) : NULL;
    identity->audience = msa_known_text(known, known->audience);
    identity->is_confirmed = known->is_confirmed;
    identity->is_foreign = known->is_foreign;
    identity->issued_at = known->issued_at;
    identity->fresh_at = known->fresh_at;
    identity->expires_at = known->expires_at;
    return identity;
}
