/* SPDX-License-Identifier: Apache-2.0 */
/* REQUIRES[]: the Require lines. Names are prepared when the configuration is read and compared at
 * each request. */

#include "../configuration/config.h"

#include "../../base/text_time.h"

#include <ap_expr.h>
#include <apr_strings.h>
#include <mod_auth.h>

#include "other_authn.h"
#include "hooks.h"
#include "refuse.h"
#include "state.h"

/** The name of a role or a permission. */
typedef struct name_t {
    const char *text;
    apr_size_t length;
} name_t;

/** What follows `Require NAME`, prepared when the configuration is read. */
typedef struct requirement_t {
    const ap_expr_info_t *expression; /* for names with %{...} in them; otherwise NULL */
    const apr_array_header_t *names;  /* of name_t */
    apr_interval_time_t within;       /* Require fresh; 0 = SecurityFreshness */
} requirement_t;

/* The user's record, whichever module authenticated them. Notes trouble when nobody could tell. */
static const msa_record_t *known_of(request_rec *r)
{
    const msa_record_t *record = NULL;
    msa_outcome_t outcome = msa_other_authn_look_up(r, &record);
    if (outcome == MSA_BROKEN)
        msa_state(r)->trouble = MSA_BROKEN;
    return outcome == MSA_OK ? record : NULL;
}

static authz_status denied(request_rec *r)
{
    return msa_state_peek(r)->trouble != MSA_OK ? AUTHZ_GENERAL_ERROR : AUTHZ_DENIED;
}

static const apr_array_header_t *names_in(apr_pool_t *pool, const char *line)
{
    apr_array_header_t *names = apr_array_make(pool, 2, sizeof(name_t));
    const char *word;
    while (*line && (word = ap_getword_conf(pool, &line)) && *word)
        APR_ARRAY_PUSH(names, name_t) = (name_t){word, strlen(word)};
    return names;
}

static const char *parse_names(cmd_parms *cmd, const char *line, const void **parsed)
{
    requirement_t *requirement = apr_pcalloc(cmd->pool, sizeof(*requirement));
    const char *error = NULL;
    *parsed = requirement;
    if (ap_strstr_c(line, "%{")) {
        requirement->expression =
            ap_expr_parse_cmd(cmd, line, AP_EXPR_FLAG_STRING_RESULT, &error, NULL);
        return error ? apr_pstrcat(cmd->pool, "Require takes names or a valid expression: ", error,
                                   NULL)
                     : NULL;
    }
    requirement->names = names_in(cmd->pool, line);
    if (requirement->names->nelts == 0)
        return "Require role and Require permission take one or more names, separated by spaces";
    for (int i = 0; i < requirement->names->nelts; i++) {
        if (ap_strchr_c(APR_ARRAY_IDX(requirement->names, i, name_t).text, ','))
            return "Require role and Require permission take names without commas, separated by "
                   "spaces";
    }
    return NULL;
}

static const apr_array_header_t *names_of(request_rec *r, const requirement_t *requirement)
{
    const char *error = NULL;
    const char *line;
    if (!requirement->expression)
        return requirement->names;
    line = ap_expr_str_exec(r, requirement->expression, &error);
    if (!error)
        return names_in(r->pool, line);
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, "the expression of a Require line failed: %s",
                  error);
    return NULL;
}

static apr_uint16_t record_list(const msa_record_t *record, bool is_role, bool is_whole)
{
    if (is_whole)
        return is_role ? record->held_roles : record->held_permissions;
    return is_role ? record->roles : record->permissions;
}

static authz_status check_names(request_rec *r, const requirement_t *requirement, bool is_role)
{
    bool is_whole = msa_state_peek(r)->is_whole;
    const msa_record_t *record;
    const apr_array_header_t *names;
    if (!r->user)
        return AUTHZ_DENIED_NO_USER;
    record = known_of(r);
    names = record ? names_of(r, requirement) : NULL;
    for (int i = 0; names && i < names->nelts; i++) {
        const name_t *name = &APR_ARRAY_IDX(names, i, name_t);
        /* A comma separates the names of a record; what an expression gives may have one. */
        if (!memchr(name->text, ',', name->length) &&
            msa_record_has(record, record_list(record, is_role, is_whole), name->text,
                           name->length))
            return AUTHZ_GRANTED;
    }
    return denied(r);
}

static authz_status require_role(request_rec *r, const char *line, const void *parsed)
{
    (void)line;
    return check_names(r, parsed, true);
}

static authz_status require_permission(request_rec *r, const char *line, const void *parsed)
{
    (void)line;
    return check_names(r, parsed, false);
}

static const char *parse_nothing(cmd_parms *cmd, const char *line, const void **parsed)
{
    (void)cmd;
    *parsed = NULL;
    return *line ? "Require confirmed takes no arguments" : NULL;
}

static authz_status require_confirmed(request_rec *r, const char *line, const void *parsed)
{
    const msa_record_t *record;
    (void)line;
    (void)parsed;
    if (!r->user)
        return AUTHZ_DENIED_NO_USER;
    record = known_of(r);
    return record && record->is_confirmed ? AUTHZ_GRANTED : denied(r);
}

static const char *parse_within(cmd_parms *cmd, const char *line, const void **parsed)
{
    requirement_t *requirement = apr_pcalloc(cmd->pool, sizeof(*requirement));
    const char *word = ap_getword_conf(cmd->pool, &line);
    *parsed = requirement;
    if (!*word)
        return NULL;
    if (*line || msa_text_duration_parse(word, &requirement->within) != APR_SUCCESS ||
        !requirement->within)
        return "Require fresh takes at most one duration, such as 90s, 5m, 12h or 2d";
    return NULL;
}

/* Nobody knows when a user named by another authentication proved who they are, except with
 * Basic. */
static bool carries_password(request_rec *r, const msa_record_t *record)
{
    if (record->ticket_id || record->is_from_flask)
        return false;
    return msa_state_is_ours(r) || (r->ap_auth_type && strcasecmp(r->ap_auth_type, "Basic") == 0);
}

static bool is_fresh(request_rec *r, const msa_record_t *record, const requirement_t *requirement)
{
    const msa_directory_settings_t *directory = msa_config_directory(r);
    apr_interval_time_t within = requirement->within ? requirement->within : directory->freshness;
    if (within < 0 || carries_password(r, record))
        return true;
    /* A form filled in while its user's freshness ran out is accepted for the grace period. */
    if (r->method_number != M_GET && !requirement->within)
        within += directory->freshness_grace_period;
    return record->fresh_at && r->request_time - record->fresh_at < within;
}

static authz_status require_fresh(request_rec *r, const char *line, const void *parsed)
{
    const msa_record_t *record;
    (void)line;
    if (!r->user)
        return AUTHZ_DENIED_NO_USER;
    record = known_of(r);
    if (record && is_fresh(r, record, parsed))
        return AUTHZ_GRANTED;
    msa_state(r)->is_stale = record != NULL;
    return denied(r);
}

/** The words after Require. */
static const struct {
    const char *name;
    authz_provider provider;
} REQUIRES[] = {
    {"role",       {require_role, parse_names}       },
    {"permission", {require_permission, parse_names} },
    {"confirmed",  {require_confirmed, parse_nothing}},
    {"fresh",      {require_fresh, parse_within}     },
};

static bool is_scoped(request_rec *r)
{
    const msa_record_t *record = msa_state_known(r);
    return record && record->purpose == MSA_PURPOSE_PERSONAL;
}

/*
 * A personal token may never do what its user may not. A line that refuses a role (RequireNone,
 * `Require not`, an alias of it) would let in a token whose scope omits that role, so all lines are
 * evaluated again over everything that the user holds.
 */
static int run_checkers(request_rec *r)
{
    msa_state_t *state = msa_state(r);
    int status = ap_run_auth_checker(r);
    if (status != OK || !is_scoped(r))
        return status;
    state->is_whole = true;
    status = ap_run_auth_checker(r);
    state->is_whole = false;
    return status;
}

/* Runs all other authorization inside, and decides what its answer means for users of ours. */
static int check_authz(request_rec *r)
{
    msa_state_t *state = msa_state(r);
    int status;
    if (state->is_checking)
        return DECLINED;
    state->is_checking = true;
    state->is_stale = false;
    status = run_checkers(r);
    state->is_checking = false;
    if (state->trouble != MSA_OK)
        return msa_refuse(r, state->trouble);
    if (!msa_state_is_ours(r) || (status != HTTP_UNAUTHORIZED && status != HTTP_FORBIDDEN))
        return status;
    return msa_refuse(r, state->is_stale ? MSA_REAUTHENTICATION_REQUIRED : MSA_UNAUTHORIZED);
}

void msa_authz_register(apr_pool_t *pool)
{
    ap_hook_check_authz(check_authz, NULL, NULL, APR_HOOK_REALLY_FIRST, AP_AUTH_INTERNAL_PER_CONF);
    for (size_t i = 0; i < sizeof(REQUIRES) / sizeof(REQUIRES[0]); i++)
        ap_register_auth_provider(pool, AUTHZ_PROVIDER_GROUP, REQUIRES[i].name,
                                  AUTHZ_PROVIDER_VERSION, &REQUIRES[i].provider,
                                  AP_AUTH_INTERNAL_PER_CONF);
}
