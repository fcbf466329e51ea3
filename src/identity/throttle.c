/* SPDX-License-Identifier: Apache-2.0 */
/* Counts failures, mails and registrations, and says when an account or an address has to wait.
 * Where the owner has signed in before, attempts are counted apart from those of strangers. */

#include "throttle.h"
#include "lock.h"
#include "ticket.h"
#include "unit.h"

#include "../base/require.h"
#include "../base/text.h"

#include <string.h>

#include <apr_strings.h>

#define GUESS_BYTES 16

/*
 * Each kind is counted under keys of its own. However a name is spelled, it never passes for
 * another kind: see msa_digest_texts.
 */
#define KIND_ACCOUNT "account" /* failures of a user, whichever name was typed */
#define KIND_NAME    "name"    /* failures of a name that nobody has */
#define KIND_NO_NAME "no name" /* what counts for the client's address alone */
#define KIND_MAIL    "mail"    /* mails to an address that somebody asked for */
#define KIND_LOCKED  "locked"  /* the mail that tells an owner that the account is locked */
#define KIND_GUESS   "guess"   /* a password that was tried, keyed with the server's secret */
#define KIND_REQUEST "request" /* mails and accounts that a client asked for */

static const char *digest_key(msa_context_t *ctx, const char *kind, const char *text)
{
    const char *texts[] = {kind, text, NULL};
    unsigned char digest[MSA_DIGEST_SIZE];
    msa_digest_texts(NULL, texts, digest);
    return msa_digest_hex(ctx->pool, digest, sizeof(digest));
}

/* Spellings that are looked up alike are one name. */
static const char *name_key(msa_context_t *ctx, const char *kind, const char *name)
{
    const char *key = msa_text_identity_key(ctx->pool, name);
    return digest_key(ctx, kind, key ? key : name);
}

static bool is_off(const msa_settings_t *settings)
{
    return !settings->throttle_account && !settings->throttle_address;
}

static const char *user_key(msa_context_t *ctx, const msa_user_t *user)
{
    return digest_key(ctx, KIND_ACCOUNT, apr_psprintf(ctx->pool, "%" APR_INT64_T_FMT, user->id));
}

static const char *ticket_key(msa_context_t *ctx, const msa_ticket_t *ticket)
{
    return msa_digest_hex(ctx->pool, ticket->digest, sizeof(ticket->digest));
}

/* What counts for the client and for no account. */
static const char *client_key(msa_context_t *ctx)
{
    return digest_key(ctx, KIND_NO_NAME, msa_context_network(ctx));
}

static bool is_familiar(const msa_trial_t *trial)
{
    return trial->familiar.device || trial->familiar.is_place_live;
}

/* Strangers' attempts are all counted together for an account; those from where its owner has
 * signed in are counted apart, so that no stranger keeps the owner out. */
static const char *trial_key(msa_context_t *ctx, const msa_trial_t *trial)
{
    const msa_familiar_t *familiar = &trial->familiar;
    if (familiar->device)
        return ticket_key(ctx, familiar->device);
    if (familiar->is_place_live)
        return ticket_key(ctx, familiar->place);
    if (trial->user)
        return user_key(ctx, trial->user);
    return trial->name ? name_key(ctx, KIND_NAME, trial->name) : client_key(ctx);
}

/* Keyed, so that nobody who has the database can try passwords against it. */
static const char *guess_of(msa_context_t *ctx, const char *key, const char *password)
{
    const char *texts[] = {KIND_GUESS, key, password, NULL};
    unsigned char digest[MSA_DIGEST_SIZE];
    msa_digest_texts(ctx->env->key, texts, digest);
    return msa_digest_hex(ctx->pool, digest, GUESS_BYTES);
}

static apr_status_t count(msa_context_t *ctx, const msa_attempt_t *attempt, msa_attempts_t *counts)
{
    return msa_attempt_count(ctx->db, ctx->pool, attempt, ctx->now - ctx->settings->throttle_window,
                             counts);
}

msa_outcome_t msa_throttle_begin(msa_context_t *ctx, msa_trial_t *trial)
{
    MSA_REQUIRE(trial->password);
    const msa_settings_t *settings = ctx->settings;
    msa_attempt_t *attempt = &trial->attempt;
    if (is_off(settings))
        return MSA_OK;
    if (trial->name && msa_familiar_find(ctx, trial->user, &trial->familiar) != MSA_OK)
        return MSA_BROKEN;
    attempt->account_key = trial_key(ctx, trial);
    attempt->address = msa_context_network(ctx);
    attempt->guess = guess_of(ctx, attempt->account_key, trial->password);
    if (count(ctx, attempt, &trial->count) != APR_SUCCESS)
        return MSA_BROKEN;
    if (settings->throttle_account && trial->name &&
        trial->count.of_account >= settings->throttle_account)
        return MSA_THROTTLED;
    /* The owner's browser has a limit of its own and does not wait for what others behind the same
     * address do. */
    if (settings->throttle_address && !(settings->throttle_account && trial->familiar.device) &&
        trial->count.of_address >= settings->throttle_address)
        return MSA_THROTTLED;
    return MSA_OK;
}

/* The row that counts the mail also says, for the rest of the window, that it was written: of
 * several attempts at once, only the first finds none. */
static msa_outcome_t tell_once(msa_context_t *ctx, const msa_trial_t *trial)
{
    const char *email = trial->user ? trial->user->email : trial->name;
    const char *account =
        trial->user ? user_key(ctx, trial->user) : name_key(ctx, KIND_NAME, trial->name);
    msa_attempt_t notice = {.account_key = name_key(ctx, KIND_MAIL, email),
                            .address = digest_key(ctx, KIND_LOCKED, account)};
    msa_attempts_t sent = {0};
    if (msa_user_wait(ctx, trial->user ? trial->user->id : 0) != MSA_OK ||
        count(ctx, &notice, &sent) != APR_SUCCESS)
        return MSA_BROKEN;
    if (sent.of_address || sent.of_account >= ctx->settings->throttle_account)
        return MSA_OK;
    if (msa_attempt_insert(ctx->db, ctx->pool, &notice, ctx->now) != APR_SUCCESS)
        return MSA_BROKEN;
    return msa_lock_tell(ctx, trial->user, email);
}

/* Of several attempts let in at once each sees what the others have counted, so the last to count
 * knows. The mail is best effort: without it the guess is counted and answered all the same. */
static void tell_trial(msa_context_t *ctx, const msa_trial_t *trial)
{
    msa_attempts_t failed = {0};
    msa_unit_t unit = msa_unit_make(ctx);
    bool is_read = count(ctx, &trial->attempt, &failed) == APR_SUCCESS;
    if (is_read && failed.of_account < ctx->settings->throttle_account)
        return;
    while (is_read && msa_unit_begin(&unit))
        msa_unit_end(&unit, tell_once(ctx, trial));
    if (unit.outcome != MSA_OK)
        msa_env_log(ctx->env, ctx->pool, MSA_LOG_ERROR,
                    "the account-locked mail was not written: user=%" APR_INT64_T_FMT,
                    trial->user ? trial->user->id : 0);
}

static bool is_told(const msa_context_t *ctx, const msa_trial_t *trial)
{
    const msa_settings_t *settings = ctx->settings;
    return settings->throttle_account && settings->send_account_locked_email && trial->name &&
           !is_familiar(trial);
}

/* A program that keeps sending an old password tells nobody anything new. Its hash is computed all
 * the same, so that the time does not tell what was tried before, and it counts for the client. */
static msa_outcome_t note(msa_context_t *ctx, const msa_trial_t *trial)
{
    msa_attempt_t attempt = trial->attempt;
    bool is_known = trial->count.of_guess > 0;
    if (is_known)
        attempt = (msa_attempt_t){.account_key = client_key(ctx), .address = attempt.address};
    if (msa_attempt_insert(ctx->db, ctx->pool, &attempt, ctx->now) != APR_SUCCESS)
        return MSA_BROKEN;
    if (!is_known && is_told(ctx, trial))
        tell_trial(ctx, trial);
    return MSA_OK;
}

static bool is_failure(msa_outcome_t outcome)
{
    return outcome == MSA_INVALID_PASSWORD || outcome == MSA_USER_DOES_NOT_EXIST ||
           outcome == MSA_DISABLED_ACCOUNT || outcome == MSA_CONFIRMATION_REQUIRED;
}

/* When failures cannot be written down nobody learns whether a guess was right: a read-only
 * database would let HTTP Basic guess for ever. */
msa_outcome_t msa_throttle_end(msa_context_t *ctx, const msa_trial_t *trial, msa_outcome_t outcome)
{
    msa_outcome_t counted = MSA_OK;
    if (is_off(ctx->settings))
        return outcome;
    if (outcome == MSA_OK)
        counted = msa_context_outcome(msa_attempt_clear(
            ctx->db, ctx->pool, trial->attempt.account_key, trial->attempt.address));
    else if (is_failure(outcome))
        counted = note(ctx, trial);
    return counted == MSA_OK ? outcome : MSA_BROKEN;
}

static apr_status_t forget_tickets(msa_context_t *ctx, const msa_user_t *user,
                                   msa_purpose_t purpose)
{
    apr_array_header_t *tickets = NULL;
    apr_status_t status = msa_ticket_list(ctx->db, ctx->pool, user->id, msa_purpose_name(purpose),
                                          MSA_FAMILIAR_MAX, &tickets);
    for (int i = 0; status == APR_SUCCESS && i < tickets->nelts; i++)
        status = msa_attempt_forget(
            ctx->db, ctx->pool, ticket_key(ctx, APR_ARRAY_IDX(tickets, i, const msa_ticket_t *)));
    return status;
}

msa_outcome_t msa_throttle_forget(msa_context_t *ctx, const msa_user_t *user)
{
    apr_status_t status = msa_attempt_forget(ctx->db, ctx->pool, user_key(ctx, user));
    if (status == APR_SUCCESS)
        status = msa_attempt_forget(ctx->db, ctx->pool, name_key(ctx, KIND_MAIL, user->email));
    if (status == APR_SUCCESS)
        status = forget_tickets(ctx, user, MSA_PURPOSE_DEVICE);
    if (status == APR_SUCCESS)
        status = forget_tickets(ctx, user, MSA_PURPOSE_PLACE);
    return msa_context_outcome(status);
}

/* One row serves both counts. What is not sent to a full box counts for the client alone; otherwise
 * anyone who kept asking would keep the box full for ever. */
msa_outcome_t msa_throttle_mail(msa_context_t *ctx, const char *email, bool *is_flooded)
{
    const msa_settings_t *settings = ctx->settings;
    msa_attempt_t request = {.account_key = name_key(ctx, KIND_MAIL, email),
                             .address = digest_key(ctx, KIND_REQUEST, msa_context_network(ctx))};
    msa_attempts_t sent = {0};
    bool is_full;
    if (!settings->throttle_account && !settings->throttle_requests)
        return MSA_OK;
    if (count(ctx, &request, &sent) != APR_SUCCESS)
        return MSA_BROKEN;
    if (settings->throttle_requests && sent.of_address >= settings->throttle_requests)
        return MSA_TOO_MANY_REQUESTS;
    is_full = settings->throttle_account && sent.of_account >= settings->throttle_account;
    if (is_full)
        request.account_key = request.address;
    if (msa_attempt_insert(ctx->db, ctx->pool, &request, ctx->now) != APR_SUCCESS)
        return MSA_BROKEN;
    *is_flooded = is_full;
    return MSA_OK;
}
