/* SPDX-License-Identifier: Apache-2.0 */
/* ANSWERS[]: what the service does for each kind of question from httpd's children, and what goes
 * back with the answer. */

#include "answer.h"

#include "../account/delivery.h"

#include <string.h>

#include <apr_strings.h>

#include "later.h"
#include "log.h"
#include "look_up.h"

/** An answer being made. */
typedef struct answer_t {
    msa_job_t *job;
    apr_pool_t *pool;
    msa_context_t *ctx;
    msa_world_t *world;
    msa_packet_t message;
} answer_t;

static void log_visitor(void *baton, const char *line)
{
    const msa_search_t *search = baton;
    msa_env_log(search->ctx->env, search->ctx->pool, MSA_LOG_INFO, "%s", line);
}

/* ---- whose proof is it? ---- */

static void put_signin(answer_t *answer, const msa_signin_t *signin)
{
    apr_table_t *headers = apr_table_make(answer->pool, 3);
    msa_cookie_signin(answer->ctx, headers, signin);
    msa_packet_add_text(&answer->message, MSA_TAG_SESSION, signin->session);
    msa_talk_put_headers(&answer->message, answer->pool, headers);
}

static void answer_look_up(answer_t *answer)
{
    msa_search_t search = {.ctx = answer->ctx, .world = answer->world};
    const msa_record_t *record = NULL;
    msa_proof_t proof;
    msa_outcome_t outcome = MSA_BAD_REQUEST;
    if (msa_talk_get_proof(answer->job->question, &proof))
        outcome = msa_look_up(&search, &proof, &record);
    msa_packet_add_number(&answer->message, MSA_TAG_OUTCOME, outcome);
    if (outcome != MSA_OK)
        return;
    msa_packet_add(&answer->message, MSA_TAG_RECORD, record, record->size);
    if (search.signin.session)
        put_signin(answer, &search.signin);
}

/* ---- a request to an endpoint ---- */

/* The service believes no child about who somebody is: it tries the same methods on the same
 * headers. */
static msa_outcome_t identify(answer_t *answer, const msa_request_t *request,
                              const msa_identity_t **identity)
{
    const msa_host_t *host = answer->job->host;
    int methods = msa_methods_accepted(answer->ctx->directory);
    msa_search_t search = {.ctx = answer->ctx, .world = answer->world, .wants_identity = true};
    msa_visitor_t visitor = {.pool = answer->pool,
                             .settings = &host->settings,
                             .cookies = &host->cookies,
                             .is_secure = answer->ctx->is_secure,
                             .headers = request->headers,
                             .query_token = request->query_token,
                             .baton = &search,
                             .look_up = msa_look_up,
                             .log = log_visitor};
    for (size_t i = 0; msa_method_bit(i); i++) {
        const msa_record_t *record = NULL;
        msa_outcome_t outcome =
            (methods & msa_method_bit(i)) ? msa_method_try(&visitor, i, &record) : MSA_NOT_FOUND;
        if (outcome == MSA_NOT_FOUND)
            continue;
        if (outcome == MSA_OK)
            *identity = search.identity;
        return outcome;
    }
    return MSA_UNAUTHENTICATED;
}

static bool sign_out_later(void *baton, const char *session, const char *remember)
{
    const msa_world_t *world = baton;
    return msa_later_add(world->host, session, remember);
}

static const msa_reply_t *serve(answer_t *answer, msa_request_t *request)
{
    const msa_packet_head_t *question = answer->job->question;
    const msa_route_t *route = msa_route_find(answer->ctx->settings, request->path);
    msa_outcome_t outcome = MSA_UNAUTHENTICATED;
    if (!route)
        return msa_page_refuse(answer->ctx, request->headers, MSA_NOT_FOUND);
    if (!msa_packet_number(question, MSA_TAG_IS_NOBODY, 0))
        outcome = identify(answer, request, &request->identity);
    if ((outcome == MSA_BROKEN || outcome == MSA_BUSY) && !msa_route_signs_out(route))
        return msa_page_refuse(answer->ctx, request->headers, outcome);
    return msa_page_serve(answer->ctx, route, request);
}

static void answer_page(answer_t *answer)
{
    msa_request_t request;
    answer->world->env.sign_out_later = sign_out_later;
    msa_talk_get_directory(answer->job->question, &answer->world->directory);
    if (!msa_talk_get_request(answer->job->question, answer->pool, &request)) {
        msa_packet_add_number(&answer->message, MSA_TAG_OUTCOME, MSA_BAD_REQUEST);
        return;
    }
    msa_packet_add_number(&answer->message, MSA_TAG_OUTCOME, MSA_OK);
    msa_talk_put_reply(&answer->message, answer->pool, serve(answer, &request));
}

/* ---- how many mails are waiting? ---- */

static void answer_mails(answer_t *answer)
{
    int waiting = 0, failed = 0;
    msa_outcome_t outcome = msa_mail_count(answer->ctx, &waiting, &failed);
    msa_packet_add_number(&answer->message, MSA_TAG_OUTCOME, outcome);
    msa_packet_add_number(&answer->message, MSA_TAG_COUNT_WAITING, waiting);
    msa_packet_add_number(&answer->message, MSA_TAG_COUNT_FAILED, failed);
}

static void (*const ANSWERS[])(answer_t *answer) = {
    [MSA_TALK_LOOK_UP] = answer_look_up,
    [MSA_TALK_PAGE] = answer_page,
    [MSA_TALK_MAILS] = answer_mails,
};

/* Logs here what does not go back with the answer. */
static void log_lines(const answer_t *answer)
{
    for (int i = 0; i < answer->world->lines->nelts; i++) {
        const msa_line_t *line = &APR_ARRAY_IDX(answer->world->lines, i, msa_line_t);
        msa_log_write(answer->job->host, line->level, line->text);
    }
}

/* The lines belong to the request: if they fit, the child that serves it writes them. */
static void put_lines(answer_t *answer)
{
    apr_uint32_t size = answer->message.head->size;
    if (answer->message.is_full)
        return;
    for (int i = 0; i < answer->world->lines->nelts; i++) {
        const msa_line_t *line = &APR_ARRAY_IDX(answer->world->lines, i, msa_line_t);
        const char *text = apr_psprintf(answer->pool, "%c%s", '0' + (int)line->level, line->text);
        msa_packet_add_text(&answer->message, MSA_TAG_LOG, text);
    }
    if (!answer->message.is_full)
        return;
    answer->message.head->size = size;
    answer->message.is_full = false;
    log_lines(answer);
}

void msa_answer(msa_job_t *job, apr_pool_t *pool)
{
    answer_t answer = {.job = job, .pool = pool};
    msa_talk_visitor_t visitor;
    void *bytes = apr_palloc(pool, MSA_PACKET_MAX);
    if (job->question->kind >= sizeof(ANSWERS) / sizeof(ANSWERS[0]) ||
        !ANSWERS[job->question->kind]) {
        msa_job_refuse(job, MSA_BAD_REQUEST);
        return;
    }
    answer.ctx = msa_world_make(pool, job->host, job->until, &answer.world);
    answer.world->lines = apr_array_make(pool, 4, sizeof(msa_line_t));
    msa_talk_get_visitor(job->question, &visitor);
    answer.ctx->address = visitor.address;
    answer.ctx->agent = visitor.agent;
    answer.ctx->is_secure = answer.world->is_secure = visitor.is_secure;
    answer.message = msa_packet_begin(bytes, MSA_PACKET_MAX, job->question->kind);
    ANSWERS[job->question->kind](&answer);
    put_lines(&answer);
    if (answer.message.is_full) {
        log_lines(&answer);
        msa_log_write(job->host, MSA_LOG_ERROR, "service: an answer is too long to be sent");
        msa_job_refuse(job, MSA_BROKEN);
        return;
    }
    msa_job_finish(job, answer.message.head);
}
