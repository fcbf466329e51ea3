/* SPDX-License-Identifier: Apache-2.0 */
/* Reads SecurityRegisterFields, and refuses columns that decide about an account. */

#include "parse.h"

#include "../../base/text.h"

#include <apr_lib.h>

/* Columns that registration must never write, whatever the configuration says. */
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
    "tf_phone_number",
    "us_totp_secrets",
    "us_phone_number",
    "fs_webauthn_user_handle",
    "mf_recovery_codes",
    "create_datetime",
    "update_datetime",
    NULL,
};

/* Fields that the registration form already has. */
static const char *const OWN_FIELDS[] = {
    "csrf_token", "next", "password_confirm", "remember", "include_auth_token", NULL,
};

static bool is_listed(const char *const *names, const char *wanted)
{
    for (; *names; names++) {
        if (strcasecmp(*names, wanted) == 0)
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

/* name:column[:required] */
static const char *read_field(apr_pool_t *pool, const char *text, msa_register_field_t *field)
{
    apr_array_header_t *parts = msa_text_words(pool, text, ":");
    if (parts->nelts < 2 || parts->nelts > 3 || ap_strstr_c(text, "::") ||
        (parts->nelts == 3 && strcmp(APR_ARRAY_IDX(parts, 2, const char *), "required") != 0))
        return "takes name:column or name:column:required";
    field->name = APR_ARRAY_IDX(parts, 0, const char *);
    field->column = APR_ARRAY_IDX(parts, 1, const char *);
    field->is_required = parts->nelts == 3;
    if (!is_plain_name(field->name) || !is_plain_name(field->column))
        return "takes names of at most 64 letters, digits and _ that do not begin with a digit";
    if (is_listed(PRIVILEGED, field->column) || is_listed(PRIVILEGED, field->name))
        return "cannot fill a column that decides who may sign in";
    if (is_listed(OWN_FIELDS, field->name))
        return "cannot use the name of a field that the form already has";
    return NULL;
}

static bool is_repeated(const apr_array_header_t *fields, const msa_register_field_t *field)
{
    for (int i = 0; i < fields->nelts; i++) {
        const msa_register_field_t *other = &APR_ARRAY_IDX(fields, i, msa_register_field_t);
        if (strcmp(other->name, field->name) == 0 || strcasecmp(other->column, field->column) == 0)
            return true;
    }
    return false;
}

static const char *parse_register_fields(cmd_parms *cmd, const char *args, void *field,
                                         const char *word)
{
    apr_array_header_t *fields = apr_array_make(cmd->pool, 3, sizeof(msa_register_field_t));
    const char *one;
    (void)word;
    while (*(one = ap_getword_conf(cmd->pool, &args))) {
        msa_register_field_t made;
        const char *error = read_field(cmd->pool, one, &made);
        if (error)
            return error;
        if (is_repeated(fields, &made))
            return "takes each name and each column only once";
        APR_ARRAY_PUSH(fields, msa_register_field_t) = made;
    }
    if (fields->nelts == 0)
        return "takes at least one name:column or name:column:required";
    *(const apr_array_header_t **)field = fields;
    return NULL;
}

const msa_value_kind_t msa_kind_register_fields = {parse_register_fields, true};
