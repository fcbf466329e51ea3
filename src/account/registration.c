/* SPDX-License-Identifier: Apache-2.0 */
/* What was registered travels in the confirmation link: packs it into the ticket and gives it to
 * the user who confirms, so that no stranger's password counts for them. */

#include "registration.h"
#include "life.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>
#include <jansson.h>

/*
 * Each registration of an address is answered with a link of its own: the reader of the box decides
 * by the link which of them counts.
 */

const char *msa_registration_value(const apr_array_header_t *extra, int i)
{
    return extra && i < extra->nelts ? APR_ARRAY_IDX(extra, i, const char *) : NULL;
}

static json_t *json_or_null(const char *text)
{
    return text && *text ? json_string(text) : json_null();
}

const char *msa_registration_pack(msa_context_t *ctx, const msa_enrolment_t *enrolment)
{
    const apr_array_header_t *fields = ctx->settings->register_fields;
    json_t *extra = json_object();
    json_t *all;
    char *text;
    const char *packed;
    for (int i = 0; fields && i < fields->nelts; i++)
        json_object_set_new(extra, APR_ARRAY_IDX(fields, i, msa_register_field_t).name,
                            json_or_null(msa_registration_value(enrolment->extra, i)));
    all = json_pack("{ss so so}", "password", enrolment->password, "username",
                    json_or_null(enrolment->username), "fields", extra);
    text = all ? json_dumps(all, JSON_COMPACT) : NULL;
    packed = text ? apr_pstrdup(ctx->pool, text) : NULL;
    free(text);
    json_decref(all);
    return packed;
}

static const char *copy(apr_pool_t *pool, const json_t *value)
{
    return json_is_string(value) ? apr_pstrdup(pool, json_string_value(value)) : NULL;
}

/* Without a password it is not a registration. */
static bool unpack(msa_context_t *ctx, const char *packed, msa_enrolment_t *enrolment)
{
    const apr_array_header_t *fields = ctx->settings->register_fields;
    json_t *all = json_loads(packed, JSON_REJECT_DUPLICATES, NULL);
    apr_array_header_t *extra = apr_array_make(ctx->pool, 4, sizeof(const char *));
    for (int i = 0; fields && i < fields->nelts; i++)
        APR_ARRAY_PUSH(extra, const char *) =
            copy(ctx->pool, json_object_get(json_object_get(all, "fields"),
                                            APR_ARRAY_IDX(fields, i, msa_register_field_t).name));
    enrolment->password = copy(ctx->pool, json_object_get(all, "password"));
    enrolment->username = copy(ctx->pool, json_object_get(all, "username"));
    enrolment->extra = extra;
    json_decref(all);
    return enrolment->password != NULL;
}

msa_outcome_t msa_registration_fields(msa_context_t *ctx, apr_int64_t user_id,
                                      const apr_array_header_t *extra, bool clears)
{
    const apr_array_header_t *fields = ctx->settings->register_fields;
    for (int i = 0; fields && i < fields->nelts; i++) {
        const char *column = APR_ARRAY_IDX(fields, i, msa_register_field_t).column;
        const char *value = msa_registration_value(extra, i);
        apr_status_t status = APR_SUCCESS;
        if (value && !*value)
            value = NULL;
        if (value || clears)
            status = msa_user_set_column(ctx->db, ctx->pool, user_id, column, value, ctx->now);
        if (status == APR_EEXIST || status == APR_EINVAL)
            return MSA_FIELD_REFUSED;
        if (status != APR_SUCCESS)
            return MSA_BROKEN;
    }
    return MSA_OK;
}

/* No name was kept for a user who had not confirmed: without it the account is still theirs. */
static msa_outcome_t set_username(msa_context_t *ctx, msa_user_t *user, const char *username)
{
    apr_status_t status = msa_user_set_username(ctx->db, ctx->pool, user->id, username, ctx->now);
    if (status == APR_EEXIST) {
        msa_env_log(ctx->env, ctx->pool, MSA_LOG_NOTICE,
                    "user %" APR_INT64_T_FMT " was confirmed without the username given at "
                    "registration: somebody else has taken it",
                    user->id);
        username = NULL;
        status = msa_user_set_username(ctx->db, ctx->pool, user->id, NULL, ctx->now);
    }
    if (status == APR_SUCCESS)
        user->username = username;
    return msa_context_outcome(status);
}

/* A password that the link does not bring along may be anyone's. */
msa_outcome_t msa_registration_adopt(msa_context_t *ctx, const msa_ticket_t *ticket,
                                     msa_user_t *user)
{
    msa_enrolment_t enrolment = {0};
    const char *packed = NULL;
    msa_outcome_t outcome =
        msa_context_outcome(msa_ticket_registration(ctx->db, ctx->pool, ticket->id, &packed));
    if (outcome != MSA_OK)
        return outcome;
    if (packed && !unpack(ctx, packed, &enrolment))
        return MSA_INVALID_CONFIRMATION_TOKEN;
    if (user->password ? enrolment.password && strcmp(user->password, enrolment.password) == 0
                       : !enrolment.password)
        return MSA_OK;
    /* The ticket stays: anyone who follows the link again is told that all is well. */
    outcome = msa_life_renew(ctx, user, enrolment.password, ticket->id, NULL);
    if (outcome == MSA_OK && packed)
        outcome = set_username(ctx, user, enrolment.username);
    if (outcome == MSA_OK && packed)
        outcome = msa_registration_fields(ctx, user->id, enrolment.extra, true);
    return outcome;
}
