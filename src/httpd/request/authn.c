/* SPDX-License-Identifier: Apache-2.0 */
/* The hooks through which httpd asks who a visitor is, and the provider for Basic. Requests with
 * two kinds of credentials are ambiguous and are refused. */

#include "authn_methods.h"

#include "../../base/text.h"
#include "../../base/text_http.h"

#include <apr_strings.h>
#include <mod_auth.h>

#include "../process/start.h"
#include "finding.h"
#include "hooks.h"
#include "refuse.h"
#include "state.h"

/* ---- the hooks ---- */

static bool is_ours(const char *type)
{
    return type && strcasecmp(type, MSA_AUTH_TYPE) == 0;
}

/* A comma joins two Authorization headers: nobody can tell which of them is meant. */
static bool is_ambiguous(request_rec *r)
{
    const char *header = apr_table_get(r->headers_in, "Authorization");
    return header && ap_strchr_c(header, ',') &&
           (strncasecmp(header, "Basic ", 6) == 0 || strncasecmp(header, "Bearer ", 7) == 0);
}

/* mod_auth_basic answers 500 when we could not tell who asks; that is a 503. */
static int surface_trouble(request_rec *r)
{
    msa_state_t *state = msa_state(r);
    int status;
    if (state->is_checking)
        return DECLINED;
    state->is_checking = true;
    status = ap_run_check_user_id(r);
    state->is_checking = false;
    return state->trouble != MSA_OK ? msa_refuse(r, state->trouble) : status;
}

static int check_user_id(request_rec *r)
{
    const char *type = ap_auth_type(r);
    const msa_record_t *record = NULL;
    msa_outcome_t outcome;
    if (!type) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                      "a Require line needs to know who the visitor is, but no AuthType is set: "
                      "set AuthType Security");
        return DECLINED;
    }
    if (!is_ours(type))
        return surface_trouble(r);
    if (is_ambiguous(r))
        return HTTP_BAD_REQUEST;
    outcome = msa_find_visitor(r, msa_authn_methods(r), &record);
    if (outcome != MSA_OK)
        return msa_refuse(r, outcome);
    msa_state_name(r, record);
    r->ap_auth_type = (char *)(uintptr_t)MSA_AUTH_TYPE;
    return OK;
}

/* Even a page open to all learns who reads it, if somebody is signed in. */
static int force_authn(request_rec *r)
{
    const msa_record_t *record = NULL;
    if (!is_ours(ap_auth_type(r)) ||
        (!apr_table_get(r->headers_in, "Cookie") &&
         !apr_table_get(r->headers_in, "Authorization") && !msa_find_token(r)))
        return DECLINED;
    return msa_find_visitor(r, msa_authn_methods(r), &record) == MSA_OK ? OK : DECLINED;
}

static int note_auth_failure(request_rec *r, const char *auth_type)
{
    (void)r;
    return strcasecmp(auth_type, MSA_AUTH_TYPE) == 0 ? OK : DECLINED;
}

/* ---- the provider for mod_auth_basic ---- */

/* From here on the name is the user's own, so no other spelling of it evades `Require not`. */
static authn_status check_password(request_rec *r, const char *user, const char *password)
{
    msa_proof_t proof = {MSA_PROOF_PASSWORD, user, strlen(user), password};
    const msa_record_t *record = NULL;
    msa_outcome_t outcome = msa_authn_is_off(r) ? MSA_BROKEN : MSA_UNAUTHENTICATED;
    if (outcome == MSA_UNAUTHENTICATED && *user && *password &&
        strlen(user) + strlen(password) <= MSA_TEXT_BASIC_MAX &&
        msa_text_is_utf8(user, strlen(user)))
        outcome = msa_find(r, &proof, &record);
    if (outcome == MSA_OK) {
        msa_state_name(r, msa_state_keep(r, record));
        return AUTH_GRANTED;
    }
    if (outcome == MSA_UNAUTHENTICATED)
        return AUTH_DENIED;
    msa_state(r)->trouble = outcome;
    return AUTH_GENERAL_ERROR;
}

static const authn_provider PROVIDER = {check_password, NULL};

void msa_authn_register(apr_pool_t *pool)
{
    ap_hook_check_authn(check_user_id, NULL, NULL, APR_HOOK_REALLY_FIRST,
                        AP_AUTH_INTERNAL_PER_CONF);
    ap_hook_force_authn(force_authn, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_note_auth_failure(note_auth_failure, NULL, NULL, APR_HOOK_MIDDLE);
    ap_register_auth_provider(pool, AUTHN_PROVIDER_GROUP, "security", AUTHN_PROVIDER_VERSION,
                              &PROVIDER, AP_AUTH_INTERNAL_PER_CONF);
}
