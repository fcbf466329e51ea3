/* SPDX-License-Identifier: Apache-2.0 */
#include "parse.h"

#include "../base/text.h"

#include <apr_lib.h>

/* What registration must never write, whatever the configuration says. */
static const char *const PRIVILEGED[] = {
    "id",
    "email",
    "username",
    "password",
    "active",
    "fs_uniquifier",
    "fs_token_uniquifier",
    "confirmed_at",
    "last_login_at",
    "current_login_at",
    "last_login_ip",
    "current_login_ip",
    "login_count",
    "tf_primary_method",
    "tf_totp_secret",
    "us_totp_secrets",
    "fs_webauthn_user_handle",
    "mf_recovery_codes",
    "create_datetime",
    "update_datetime",
    NULL,
};

static bool is_privileged(const char *column)
{
    for (const char *const *name = PRIVILEGED; *name; name++) {
        if (strcasecmp(*name, column) == 0)
            return true;
    }
    return false;
}

static bool is_plain_name(const char *name)
{
    apr_size_t i = 0;
    while (apr_isalnum(name[i]) || name[i] == '_')
        i++;
    return i && i <= 64 && !name[i] && !apr_isdigit(name[0]);
}

static const char *parse_register_fields(cmd_parms *cmd, const char *args, void *field,
                                         const char *word)
{
    apr_array_header_t *fields = apr_array_make(cmd->pool, 3, sizeof(msa_register_field_t));
    const char *one;
    (void)word;
    while (*(one = ap_getword_conf(cmd->pool, &args))) {
        apr_array_header_t *parts = msa_text_words(cmd->pool, one, ":");
        msa_register_field_t *made = apr_array_push(fields);
        if (parts->nelts < 2 || parts->nelts > 3)
            return "takes name:column or name:column:required";
        made->name = APR_ARRAY_IDX(parts, 0, const char *);
        made->column = APR_ARRAY_IDX(parts, 1, const char *);
        made->is_required = parts->nelts == 3;
        if (made->is_required && strcmp(APR_ARRAY_IDX(parts, 2, const char *), "required") != 0)
            return "takes name:column or name:column:required";
        if (!is_plain_name(made->name) || !is_plain_name(made->column))
            return "takes names of letters, digits and _";
        if (is_privileged(made->column) || is_privileged(made->name))
            return "cannot fill a column that decides about accounts";
    }
    *(const apr_array_header_t **)field = fields;
    return NULL;
}

const msa_value_kind_t msa_kind_register_fields = {parse_register_fields, NULL, true};
