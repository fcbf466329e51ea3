/* SPDX-License-Identifier: Apache-2.0 */
/* What a personal access token may do of all that its user may: writes it, reads it, and cuts an
 * identity down to it. */

#include "scope.h"

#include "../base/json.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>
#include <jansson.h>

#define DETAIL_BYTES_MAX 1000

static bool has(const apr_array_header_t *names, const char *name)
{
    for (int i = 0; names && i < names->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(names, i, const char *), name) == 0)
            return true;
    }
    return false;
}

static bool is_subset(const apr_array_header_t *names, const apr_array_header_t *of)
{
    for (int i = 0; names && i < names->nelts; i++) {
        if (!has(of, APR_ARRAY_IDX(names, i, const char *)))
            return false;
    }
    return true;
}

bool msa_scope_is_within(const msa_scope_t *scope, const msa_identity_t *identity)
{
    return is_subset(scope->roles, identity->roles) &&
           is_subset(scope->permissions, identity->permissions);
}

const char *msa_scope_pack(apr_pool_t *pool, const msa_scope_t *scope)
{
    json_t *all =
        json_pack("{ss so so}", "name", scope->name, "roles", msa_json_texts(scope->roles),
                  "permissions", msa_json_texts(scope->permissions));
    char *text = all ? json_dumps(all, JSON_COMPACT) : NULL;
    const char *detail = text && strlen(text) <= DETAIL_BYTES_MAX ? apr_pstrdup(pool, text) : NULL;
    free(text);
    json_decref(all);
    return detail;
}

static apr_array_header_t *names_in(apr_pool_t *pool, const json_t *all, const char *key)
{
    const json_t *list = json_object_get(all, key);
    apr_array_header_t *names = apr_array_make(pool, 4, sizeof(const char *));
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *name = json_string_value(json_array_get(list, i));
        if (name)
            APR_ARRAY_PUSH(names, const char *) = apr_pstrdup(pool, name);
    }
    return names;
}

msa_scope_t msa_scope_read(apr_pool_t *pool, const char *detail)
{
    json_t *all = detail ? json_loads(detail, JSON_REJECT_DUPLICATES, NULL) : NULL;
    const char *name = json_string_value(json_object_get(all, "name"));
    msa_scope_t scope = {.name = name ? apr_pstrdup(pool, name) : "",
                         .roles = names_in(pool, all, "roles"),
                         .permissions = names_in(pool, all, "permissions")};
    json_decref(all);
    return scope;
}

static const apr_array_header_t *common(apr_pool_t *pool, const apr_array_header_t *names,
                                        const apr_array_header_t *allowed)
{
    apr_array_header_t *kept = apr_array_make(pool, 4, sizeof(const char *));
    for (int i = 0; names && i < names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(names, i, const char *);
        if (has(allowed, name))
            APR_ARRAY_PUSH(kept, const char *) = name;
    }
    return kept;
}

void msa_scope_restrict(apr_pool_t *pool, const char *detail, msa_identity_t *identity)
{
    msa_scope_t scope = msa_scope_read(pool, detail);
    identity->roles = common(pool, identity->roles, scope.roles);
    identity->permissions = common(pool, identity->permissions, scope.permissions);
}
