/* SPDX-License-Identifier: Apache-2.0 */
/* FIELDS[]: writes and reads the settings of a host as JSON, from which the tool and the service
 * learn what httpd has read. */

#include "settings_json.h"

#include <limits.h>
#include <stddef.h>
#include <string.h>

#include <apr_strings.h>

#include "json.h"

/**
 * A kind of value. `write` may return NULL when there is nothing to write. `read` returns false,
 * and leaves the field alone, when the value is of another kind.
 */
typedef struct kind_t {
    json_t *(*write)(const void *field);
    bool (*read)(apr_pool_t *pool, const json_t *json, void *field);
} kind_t;

/* ---- texts ---- */

static json_t *write_text(const void *field)
{
    const char *text = *(const char *const *)field;
    return text ? msa_json_text(text) : NULL;
}

static bool read_text(apr_pool_t *pool, const json_t *json, void *field)
{
    const char *text = msa_json_text_read(pool, json);
    if (text)
        *(const char **)field = text;
    return text != NULL;
}

/* ---- flags and numbers ---- */

static json_t *write_json_flag(const void *field)
{
    return json_boolean(*(const bool *)field);
}

static bool read_flag(apr_pool_t *pool, const json_t *json, void *field)
{
    (void)pool;
    if (json_is_boolean(json))
        *(bool *)field = json_is_true(json);
    return json_is_boolean(json);
}

static json_t *write_number(const void *field)
{
    return json_integer(*(const int *)field);
}

static bool read_number_to(const json_t *json, int most, int *number)
{
    json_int_t value = json_integer_value(json);
    if (!json_is_integer(json) || value < 0 || value > most)
        return false;
    *number = (int)value;
    return true;
}

static bool read_number(apr_pool_t *pool, const json_t *json, void *field)
{
    (void)pool;
    return read_number_to(json, INT_MAX, field);
}

static json_t *write_csrf(const void *field)
{
    return json_integer(*(const msa_csrf_t *)field);
}

static bool read_csrf(apr_pool_t *pool, const json_t *json, void *field)
{
    int number;
    (void)pool;
    if (!read_number_to(json, MSA_CSRF_OFF, &number))
        return false;
    *(msa_csrf_t *)field = (msa_csrf_t)number;
    return true;
}

static json_t *write_foreign(const void *field)
{
    return json_integer(*(const msa_foreign_t *)field);
}

static bool read_foreign(apr_pool_t *pool, const json_t *json, void *field)
{
    int number;
    (void)pool;
    if (!read_number_to(json, MSA_FOREIGN_OFF, &number))
        return false;
    *(msa_foreign_t *)field = (msa_foreign_t)number;
    return true;
}

static json_t *write_interval(const void *field)
{
    return json_integer(*(const apr_interval_time_t *)field);
}

static bool read_interval(apr_pool_t *pool, const json_t *json, void *field)
{
    (void)pool;
    if (json_is_integer(json))
        *(apr_interval_time_t *)field = json_integer_value(json);
    return json_is_integer(json);
}

/* ---- lists ---- */

static json_t *write_words(const void *field)
{
    const apr_array_header_t *words = *(const apr_array_header_t *const *)field;
    json_t *list = words ? json_array() : NULL;
    for (int i = 0; words && i < words->nelts; i++)
        json_array_append_new(list, msa_json_text(APR_ARRAY_IDX(words, i, const char *)));
    return list;
}

static bool read_words(apr_pool_t *pool, const json_t *json, void *field)
{
    apr_array_header_t *words = apr_array_make(pool, 4, sizeof(const char *));
    for (size_t i = 0; i < json_array_size(json); i++) {
        if (!read_text(pool, json_array_get(json, i), apr_array_push(words)))
            return false;
    }
    if (json_is_array(json))
        *(const apr_array_header_t **)field = words;
    return json_is_array(json);
}

static json_t *write_register_fields(const void *field)
{
    const apr_array_header_t *fields = *(const apr_array_header_t *const *)field;
    json_t *list = fields ? json_array() : NULL;
    for (int i = 0; fields && i < fields->nelts; i++) {
        const msa_register_field_t *one = &APR_ARRAY_IDX(fields, i, msa_register_field_t);
        json_array_append_new(list, json_pack("{so so sb}", "name", msa_json_text(one->name),
                                              "column", msa_json_text(one->column), "is_required",
                                              one->is_required));
    }
    return list;
}

static bool read_register_field(apr_pool_t *pool, const json_t *json, msa_register_field_t *one)
{
    return json_object_size(json) == 3 &&
           read_text(pool, json_object_get(json, "name"), &one->name) &&
           read_text(pool, json_object_get(json, "column"), &one->column) &&
           read_flag(pool, json_object_get(json, "is_required"), &one->is_required);
}

static bool read_register_fields(apr_pool_t *pool, const json_t *json, void *field)
{
    apr_array_header_t *fields = apr_array_make(pool, 4, sizeof(msa_register_field_t));
    for (size_t i = 0; i < json_array_size(json); i++) {
        if (!read_register_field(pool, json_array_get(json, i), apr_array_push(fields)))
            return false;
    }
    if (json_is_array(json))
        *(const apr_array_header_t **)field = fields;
    return json_is_array(json);
}

/* ---- the fields ---- */

static const kind_t TEXT = {write_text, read_text};
static const kind_t FLAG = {write_json_flag, read_flag};
static const kind_t NUMBER = {write_number, read_number};
static const kind_t INTERVAL = {write_interval, read_interval};
static const kind_t CSRF = {write_csrf, read_csrf};
static const kind_t FOREIGN = {write_foreign, read_foreign};
static const kind_t WORDS = {write_words, read_words};
static const kind_t REGISTER_FIELDS = {write_register_fields, read_register_fields};

/* The compiler knows the kind of a member; only the elements of a list have to be stated. */
#define KIND(member)                                                                               \
    _Generic(((msa_settings_t *)0)->member,                                                        \
        const char *: &TEXT,                                                                       \
        bool: &FLAG,                                                                               \
        int: &NUMBER,                                                                              \
        apr_interval_time_t: &INTERVAL,                                                            \
        msa_csrf_t: &CSRF,                                                                         \
        msa_foreign_t: &FOREIGN,                                                                   \
        const apr_array_header_t *: &WORDS)
#define FIELD(member)                                                                              \
    {                                                                                              \
        .name = #member, .offset = offsetof(msa_settings_t, member), .kind = KIND(member)          \
    }

static const struct field_t {
    const char *name;
    size_t offset;
    const kind_t *kind;
    bool is_key;
} FIELDS[] = {
    FIELD(is_engine_on),
    FIELD(url_prefix),
    FIELD(login_url),
    FIELD(logout_url),
    FIELD(register_url),
    FIELD(confirm_url),
    FIELD(reset_url),
    FIELD(change_url),
    FIELD(verify_url),
    FIELD(change_email_url),
    FIELD(change_username_url),
    FIELD(account_url),
    FIELD(tokens_url),
    FIELD(style_url),
    FIELD(is_registerable),
    FIELD(is_confirmable),
    FIELD(is_recoverable),
    FIELD(is_changeable),
    FIELD(is_change_email),
    FIELD(is_change_username),
    FIELD(is_trackable),
    FIELD(is_username_enabled),
    FIELD(is_username_required),
    FIELD(is_tokens_enabled),
    FIELD(login_without_confirmation),
    FIELD(auto_login_after_confirm),
    FIELD(auto_login_after_reset),
    FIELD(generic_responses),
    FIELD(is_audit),
    FIELD(link_confirmation_button),
    FIELD(is_password_confirm_required),
    FIELD(is_spa),
    FIELD(redirect_host),
    FIELD(password_hash),
    FIELD(password_hash_options),
    FIELD(password_schemes),
    FIELD(deprecated_password_schemes),
    FIELD(password_single_hash),
    FIELD(password_single_hash_all),
    FIELD(password_salt),
    FIELD(password_length_min),
    FIELD(password_length_max),
    FIELD(password_blocklist),
    FIELD(session_cookie_name),
    FIELD(remember_cookie_name),
    FIELD(session_idle),
    FIELD(session_lifetime),
    FIELD(remember_lifetime),
    FIELD(remember_grace),
    FIELD(token_max_age),
    FIELD(confirm_within),
    FIELD(reset_within),
    FIELD(change_email_within),
    FIELD(change_email_undo_within),
    FIELD(token_headers),
    FIELD(token_key),
    FIELD(backwards_compat_auth_token),
    FIELD(personal_token_max_age),
    FIELD(throttle_account),
    FIELD(throttle_address),
    FIELD(throttle_requests),
    FIELD(throttle_window),
    FIELD(foreign_users),
    FIELD(csrf),
    FIELD(csrf_headers),
    FIELD(user_table),
    FIELD(role_table),
    FIELD(roles_users_table),
    FIELD(table_prefix),
    FIELD(public_url),
    FIELD(email_sender),
    FIELD(email_plaintext),
    FIELD(email_html),
    FIELD(sendmail),
    FIELD(mail_timeout),
    FIELD(mail_retry),
    FIELD(mail_concurrency),
    FIELD(send_register_email),
    FIELD(send_password_change_email),
    FIELD(send_password_reset_email),
    FIELD(send_password_reset_notice_email),
    FIELD(send_username_change_email),
    FIELD(send_new_login_email),
    FIELD(send_account_locked_email),
    FIELD(email_subjects),
    FIELD(templates),
    FIELD(language),
    FIELD(cache_timeout),
    FIELD(cache_grace),
    FIELD(hash_slots),
    {"register_fields",   offsetof(msa_settings_t, register_fields),   &REGISTER_FIELDS, false},
    {"flask_secret_keys", offsetof(msa_settings_t, flask_secret_keys), &WORDS,           true },
};

#define FIELD_COUNT (sizeof(FIELDS) / sizeof(FIELDS[0]))

json_t *msa_settings_json(const msa_settings_t *settings, bool with_keys)
{
    json_t *json = json_object();
    for (const struct field_t *field = FIELDS; field < FIELDS + FIELD_COUNT; field++) {
        json_t *value = field->is_key && !with_keys
                            ? NULL
                            : field->kind->write((const char *)settings + field->offset);
        if (value)
            json_object_set_new(json, field->name, value);
    }
    return json;
}

static const struct field_t *find(const char *name)
{
    for (const struct field_t *field = FIELDS; field < FIELDS + FIELD_COUNT; field++) {
        if (strcmp(field->name, name) == 0)
            return field;
    }
    return NULL;
}

apr_status_t msa_settings_read(apr_pool_t *pool, const json_t *json, msa_settings_t *settings,
                               const char **error)
{
    msa_settings_t made = *settings;
    const char *name;
    json_t *value;
    if (!json_is_object(json)) {
        *error = "the settings are not a JSON object";
        return APR_EINVAL;
    }
    json_object_foreach((json_t *)json, name, value)
    {
        const struct field_t *field = find(name);
        if (!field || (!json_is_null(value) &&
                       !field->kind->read(pool, value, (char *)&made + field->offset))) {
            *error = apr_psprintf(pool,
                                  field ? "the setting %s has a value of the wrong type"
                                        : "the setting %s is unknown",
                                  name);
            return APR_EINVAL;
        }
    }
    *settings = made;
    return APR_SUCCESS;
}
