/* SPDX-License-Identifier: Apache-2.0 */
/* The state of a visit: what a request, with its subrequests and redirects, has found out so far,
 * and who `r->user` is. */

#include "state.h"

#include <apr_strings.h>

#include "other_authn.h"

request_rec *msa_state_initial(request_rec *r)
{
    while (r->main || r->prev)
        r = r->main ? r->main : r->prev;
    return r;
}

/* Most visits need no state but one of these. */
static const msa_state_t NOTHING, CONCEALED = {.is_concealed = true};

const msa_state_t *msa_state_peek(request_rec *r)
{
    const msa_state_t *state =
        ap_get_module_config(msa_state_initial(r)->request_config, &security_auth_module);
    return state ? state : &NOTHING;
}

msa_state_t *msa_state(request_rec *r)
{
    const msa_state_t *kept = msa_state_peek(r);
    msa_state_t *state = (msa_state_t *)(uintptr_t)kept;
    if (kept == &NOTHING || kept == &CONCEALED) {
        r = msa_state_initial(r);
        state = apr_pmemdup(r->pool, kept, sizeof(*kept));
        ap_set_module_config(r->request_config, &security_auth_module, state);
    }
    return state;
}

void msa_state_note_concealed(request_rec *r)
{
    if (msa_state_peek(r) == &NOTHING)
        ap_set_module_config(msa_state_initial(r)->request_config, &security_auth_module,
                             (void *)(uintptr_t)&CONCEALED);
    else
        msa_state(r)->is_concealed = true;
}

const msa_record_t *msa_state_keep(request_rec *r, const msa_record_t *record)
{
    apr_pool_t *pool = msa_state_initial(r)->pool;
    return record && pool != r->pool ? apr_pmemdup(pool, record, record->size) : record;
}

static msa_state_user_t *add_user(request_rec *r, const char *name)
{
    apr_pool_t *pool = msa_state_initial(r)->pool;
    msa_state_t *state = msa_state(r);
    msa_state_user_t *user;
    if (!state->users)
        state->users = apr_array_make(pool, 2, sizeof(*user));
    user = apr_array_push(state->users);
    user->name = apr_pstrdup(pool, name);
    return user;
}

static msa_state_user_t *user_at(const msa_state_t *state, int i)
{
    return state->users && i < state->users->nelts
               ? &APR_ARRAY_IDX(state->users, i, msa_state_user_t)
               : NULL;
}

void msa_state_name(request_rec *r, const msa_record_t *record)
{
    const msa_state_t *state = msa_state_peek(r);
    msa_state_user_t *user;
    /* A listing of a thousand files asks a thousand times. */
    for (int i = 0; (user = user_at(state, i)); i++) {
        if (!user->is_other && user->record == record) {
            r->user = user->name;
            return;
        }
    }
    user = add_user(r, msa_record_text(record, record->email));
    user->is_other = false;
    user->record = record;
    r->user = user->name;
}

const msa_state_user_t *msa_state_name_other(request_rec *r, const msa_record_t *record)
{
    msa_state_user_t *user = add_user(r, r->user);
    user->is_other = true;
    user->record = msa_state_keep(r, record);
    return user;
}

/*
 * Two requests of a visit can have two users, even with the same name (a session, and a token with
 * a smaller scope). Where httpd passes a user on it passes the pointer, so that tells them apart.
 */
const msa_state_user_t *msa_state_user(request_rec *r)
{
    const msa_state_t *state = msa_state_peek(r);
    const msa_state_user_t *user;
    for (int i = 0; r->user && (user = user_at(state, i)); i++) {
        if (user->name == r->user)
            return user;
        if (user->is_other && strcmp(user->name, r->user) == 0 && msa_other_authn_counts(r))
            return user;
    }
    return NULL;
}

bool msa_state_is_ours(request_rec *r)
{
    const msa_state_user_t *user;
    if (!r->ap_auth_type || strcmp(r->ap_auth_type, MSA_AUTH_TYPE) != 0)
        return false;
    user = msa_state_user(r);
    return user && !user->is_other;
}

const msa_record_t *msa_state_known(request_rec *r)
{
    const msa_state_user_t *user = msa_state_user(r);
    return user ? user->record : NULL;
}
