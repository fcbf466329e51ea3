/* SPDX-License-Identifier: Apache-2.0 */
/* Finds out whose proof was shown: from the record table, otherwise from the service. Each method
 * is tried once in a visit. */

#include "finding.h"

#include <apr_strings.h>

#include "../configuration/config.h"
#include "../process/life.h"
#include "ask.h"
#include "authn_methods.h"
#include "state.h"
#include "world.h"

/* ---- the service ---- */

static int copy_header(void *baton, const char *name, const char *value)
{
    apr_table_addn(baton, name, value);
    return 1;
}

void msa_headers_add(apr_table_t *to, const apr_table_t *headers)
{
    apr_table_do(copy_header, to, headers, NULL);
}

/* When a remember cookie was exchanged, the session it was exchanged for belongs to the whole
 * visit. */
static void take_signin(request_rec *r, const msa_packet_head_t *answer)
{
    request_rec *initial = msa_state_initial(r);
    msa_state_t *state = msa_state(r);
    const char *session = msa_packet_text(answer, MSA_TAG_SESSION);
    if (!session)
        return;
    state->session = apr_pstrdup(initial->pool, session);
    state->cookies = apr_table_clone(initial->pool, msa_talk_get_headers(answer, r->pool));
    msa_headers_add(initial->err_headers_out, state->cookies);
    apr_table_setn(initial->err_headers_out, "Cache-Control", "private, no-store");
}

static msa_outcome_t ask_whose(request_rec *r, const msa_proof_t *proof,
                               const msa_record_t **record)
{
    apr_size_t room = proof->length + (proof->password ? strlen(proof->password) : 0);
    msa_packet_t question = msa_ask_begin(r, MSA_TALK_LOOK_UP, room);
    const msa_packet_head_t *answer;
    const char *block;
    apr_size_t length = 0;
    msa_outcome_t outcome;
    msa_talk_put_proof(&question, proof);
    answer = msa_ask(r, &question, &outcome);
    if (outcome != MSA_OK)
        return outcome;
    block = msa_packet_bytes(answer, MSA_TAG_RECORD, &length);
    if (!block || length < sizeof(**record))
        return MSA_BROKEN;
    *record = apr_pmemdup(r->pool, block, length);
    if (!msa_record_is_sound(*record, length))
        return MSA_BROKEN;
    take_signin(r, answer);
    return MSA_OK;
}

/* ---- the table first ---- */

static msa_outcome_t answer_of(const msa_entry_t *entry, const msa_record_t **record)
{
    *record = entry->record;
    return entry->is_bad ? MSA_UNAUTHENTICATED : MSA_OK;
}

/*
 * An entry that is due for another look-up still counts for a while when nobody can look it up; but
 * not once its record is known to have ended or is past its own limits.
 */
static msa_outcome_t find(request_rec *r, bool is_secure, const msa_proof_t *proof,
                          const msa_record_t **record)
{
    const unsigned char *site = msa_config_server(r->server)->site[is_secure];
    const msa_link_t *link = msa_link_get();
    unsigned char key[MSA_TABLE_KEY];
    msa_entry_t entry;
    apr_time_t now = apr_time_now();
    msa_outcome_t outcome;
    bool is_held;
    if (proof->kind == MSA_PROOF_REMEMBER)
        return ask_whose(r, proof, record);
    if (!link)
        return MSA_BROKEN;
    if (!link->table)
        return ask_whose(r, proof, record);
    msa_proof_key(r->pool, link->key, site, proof, key);
    is_held = msa_table_get(link->table, r->pool, key, now, &entry);
    if (is_held && entry.used_until > now)
        return answer_of(&entry, record);
    if (!is_held && !msa_proof_is_readable(r->pool, proof))
        return MSA_UNAUTHENTICATED;
    outcome = ask_whose(r, proof, record);
    if (outcome != MSA_BROKEN && outcome != MSA_BUSY)
        return outcome;
    /* The record may have ended while we waited, or another thread may have got an answer. */
    is_held = msa_table_get(link->table, r->pool, key, apr_time_now(), &entry) && !entry.is_bad;
    return is_held ? answer_of(&entry, record) : outcome;
}

msa_outcome_t msa_find(request_rec *r, const msa_proof_t *proof, const msa_record_t **record)
{
    return find(r, msa_world_is_secure(r), proof, record);
}

/* ---- the methods ---- */

/** A request that tries the methods. */
typedef struct walk_t {
    request_rec *r; /* NULL = it has not begun */
    msa_visitor_t visitor;
} walk_t;

static msa_outcome_t look_up(void *baton, const msa_proof_t *proof, const msa_record_t **record)
{
    const walk_t *walk = baton;
    return find(walk->r, walk->visitor.is_secure, proof, record);
}

static void log_line(void *baton, const char *line)
{
    const walk_t *walk = baton;
    ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, walk->r, "%s", line);
}

static void walk_begin(walk_t *walk, request_rec *r)
{
    const msa_server_t *config = msa_config_server(r->server);
    walk->r = r;
    walk->visitor = (msa_visitor_t){.pool = r->pool,
                                    .settings = &config->settings,
                                    .cookies = &config->cookies,
                                    .is_secure = msa_world_is_secure(r),
                                    .headers = r->headers_in,
                                    .query_token = msa_state_peek(r)->query_token,
                                    .baton = walk,
                                    .look_up = look_up,
                                    .log = log_line};
}

const char *msa_find_token(request_rec *r)
{
    walk_t walk;
    walk_begin(&walk, r);
    return msa_visitor_token(&walk.visitor);
}

/* Each method is tried once in a visit: a remember cookie is good for only one exchange. */
static const msa_finding_t *find_by(walk_t *walk, request_rec *r, size_t index)
{
    msa_finding_t *finding = &msa_state(r)->findings[index];
    const msa_record_t *record = NULL;
    if (finding->is_done)
        return finding;
    if (!walk->r)
        walk_begin(walk, r);
    finding->outcome =
        msa_authn_is_off(r) ? MSA_BROKEN : msa_method_try(&walk->visitor, index, &record);
    finding->record = finding->outcome == MSA_OK ? msa_state_keep(r, record) : NULL;
    finding->is_done = true;
    return finding;
}

msa_outcome_t msa_find_visitor(request_rec *r, int methods, const msa_record_t **record)
{
    walk_t walk = {.r = NULL};
    int method;
    for (size_t index = 0; (method = msa_method_bit(index)); index++) {
        const msa_finding_t *finding = (methods & method) ? find_by(&walk, r, index) : NULL;
        if (!finding || finding->outcome == MSA_NOT_FOUND)
            continue;
        if (finding->outcome == MSA_OK)
            *record = finding->record;
        return finding->outcome;
    }
    return MSA_UNAUTHENTICATED;
}
