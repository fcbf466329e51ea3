/* SPDX-License-Identifier: Apache-2.0 */
/* What one request, with its subrequests and redirects, has found out so far, and whose name
 * `r->user` is. */

#include "visit.h"

#include <apr_strings.h>

#include "foreign.h"

request_rec *msa_visit_initial(request_rec *r)
{
    while (r->main || r->prev)
        r = r->main ? r->main : r->prev;
    return r;
}

/* Of most requests nothing is kept but one of these. */
static const msa_visit_t NOTHING, CONCEALED = {.is_concealed = true};

const msa_visit_t *msa_visit_peek(request_rec *r)
{
    const msa_visit_t *visit =
        ap_get_module_config(msa_visit_initial(r)->request_config, &security_auth_module);
    return visit ? visit : &NOTHING;
}

msa_visit_t *msa_visit(request_rec *r)
{
    const msa_visit_t *kept = msa_visit_peek(r);
    msa_visit_t *visit = (msa_visit_t *)(uintptr_t)kept;
    if (kept == &NOTHING || kept == &CONCEALED) {
        r = msa_visit_initial(r);
        visit = apr_pmemdup(r->pool, kept, sizeof(*kept));
        ap_set_module_config(r->request_config, &security_auth_module, visit);
    }
    return visit;
}

void msa_visit_note_concealed(request_rec *r)
{
    if (msa_visit_peek(r) == &NOTHING)
        ap_set_module_config(msa_visit_initial(r)->request_config, &security_auth_module,
                             (void *)(uintptr_t)&CONCEALED);
    else
        msa_visit(r)->is_concealed = true;
}

const msa_record_t *msa_visit_keep(request_rec *r, const msa_record_t *record)
{
    apr_pool_t *pool = msa_visit_initial(r)->pool;
    return record && pool != r->pool ? apr_pmemdup(pool, record, record->size) : record;
}

static msa_user_of_visit_t *add_user(request_rec *r, const char *name)
{
    apr_pool_t *pool = msa_visit_initial(r)->pool;
    msa_visit_t *visit = msa_visit(r);
    msa_user_of_visit_t *user;
    if (!visit->users)
        visit->users = apr_array_make(pool, 2, sizeof(*user));
    user = apr_array_push(visit->users);
    user->name = apr_pstrdup(pool, name);
    return user;
}

static msa_user_of_visit_t *user_at(const msa_visit_t *visit, int i)
{
    return visit->users && i < visit->users->nelts
               ? &APR_ARRAY_IDX(visit->users, i, msa_user_of_visit_t)
               : NULL;
}

void msa_visit_name(request_rec *r, const msa_record_t *record)
{
    const msa_visit_t *visit = msa_visit_peek(r);
    msa_user_of_visit_t *user;
    /* A list of a thousand files asks a thousand times. */
    for (int i = 0; (user = user_at(visit, i)); i++) {
        if (!user->is_foreign && user->record == record) {
            r->user = user->name;
            return;
        }
    }
    user = add_user(r, msa_record_text(record, record->email));
    user->is_foreign = false;
    user->record = record;
    r->user = user->name;
}

const msa_user_of_visit_t *msa_visit_name_foreign(request_rec *r, const msa_record_t *record)
{
    msa_user_of_visit_t *user = add_user(r, r->user);
    user->is_foreign = true;
    user->record = msa_visit_keep(r, record);
    return user;
}

/*
 * Two requests of one visit can have two users, of one name even (a session and a token of a
 * smaller scope). httpd hands the pointer on where it hands the user on, so it tells them apart.
 */
const msa_user_of_visit_t *msa_visit_user(request_rec *r)
{
    const msa_visit_t *visit = msa_visit_peek(r);
    const msa_user_of_visit_t *user;
    for (int i = 0; r->user && (user = user_at(visit, i)); i++) {
        if (user->name == r->user)
            return user;
        if (user->is_foreign && strcmp(user->name, r->user) == 0 && msa_foreign_counts(r))
            return user;
    }
    return NULL;
}

bool msa_visit_is_ours(request_rec *r)
{
    const msa_user_of_visit_t *user;
    if (!r->ap_auth_type || strcmp(r->ap_auth_type, MSA_AUTH_TYPE) != 0)
        return false;
    user = msa_visit_user(r);
    return user && !user->is_foreign;
}

const msa_record_t *msa_visit_known(request_rec *r)
{
    const msa_user_of_visit_t *user = msa_visit_user(r);
    return user ? user->record : NULL;
}
