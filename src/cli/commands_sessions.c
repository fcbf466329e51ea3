/* SPDX-License-Identifier: Apache-2.0 */
/* `security-auth sessions` and `tokens`: what users are signed in with, and ending it. */

#include "cli.h"

#include "../account/admin.h"
#include "../base/text.h"
#include "../base/text_time.h"
#include "../identity/sessions.h"
#include "../identity/token.h"

#include <stdlib.h>

#include <apr_strings.h>

static bool read_id(const char *text, apr_int64_t *id)
{
    char *end = NULL;
    *id = apr_strtoi64(text, &end, 10);
    return *text && !*end && *id > 0;
}

static json_t *json_session(msa_cli_t *cli, const msa_ticket_t *session)
{
    return json_pack(
        "{sI so so so so so}", "id", (json_int_t)session->id, "created_at",
        msa_cli_json_time(cli, session->created_at), "used_at",
        msa_cli_json_time(cli, session->used_at), "address", msa_cli_json_text(session->address),
        "agent", msa_cli_json_text(session->agent), "site", msa_cli_json_text(session->audience));
}

int sessions_list(msa_cli_t *cli)
{
    msa_user_t *user = NULL;
    apr_array_header_t *sessions = NULL;
    json_t *all;
    msa_outcome_t outcome = msa_admin_find_user(cli->ctx, cli->args[0], &user);
    if (outcome == MSA_OK)
        outcome = msa_sessions_list(cli->ctx, user->id, MSA_PURPOSE_SESSION, &sessions);
    if (outcome != MSA_OK)
        return msa_cli_finish(cli, outcome, cli->args[0]);
    all = json_array();
    for (int i = 0; i < sessions->nelts; i++) {
        const msa_ticket_t *session = APR_ARRAY_IDX(sessions, i, const msa_ticket_t *);
        if (cli->options.is_json)
            json_array_append_new(all, json_session(cli, session));
        else
            msa_cli_print(cli, "%8" APR_INT64_T_FMT "  %s  %-18s %s", session->id,
                          msa_cli_time(cli, session->used_at),
                          session->address ? session->address : "-",
                          session->agent ? session->agent : "-");
    }
    if (cli->options.is_json)
        msa_cli_print_json(all);
    else
        json_decref(all);
    return EXIT_DONE;
}

int sessions_end(msa_cli_t *cli)
{
    msa_user_t *user = NULL;
    apr_int64_t id = 0;
    msa_outcome_t outcome;
    if (cli->count > 1 && !read_id(cli->args[1], &id))
        return msa_cli_refuse(cli, "%s is not the number of a session", cli->args[1]);
    outcome = msa_admin_find_user(cli->ctx, cli->args[0], &user);
    if (outcome == MSA_OK)
        outcome = msa_sessions_end(cli->ctx, user->id, id);
    if (outcome == MSA_OK)
        msa_cli_print(cli, "ended %s of %s", id ? cli->args[1] : "all sessions", user->email);
    return msa_cli_finish(cli, outcome, cli->args[0]);
}

/* The two kinds of tokens: those that users made and named, and those of a sign-in as JSON. */
#define PERSONAL "personal"
#define SIGN_IN  "sign-in"

static json_t *json_token(msa_cli_t *cli, const msa_personal_token_t *token)
{
    return json_pack("{sI ss ss ss ss so so so so}", "id", (json_int_t)token->id, "kind", PERSONAL,
                     "name", token->name, "roles", apr_array_pstrcat(cli->pool, token->roles, ','),
                     "permissions", apr_array_pstrcat(cli->pool, token->permissions, ','),
                     "created_at", msa_cli_json_time(cli, token->created_at), "expires_at",
                     msa_cli_json_time(cli, token->expires_at), "used_at",
                     msa_cli_json_time(cli, token->used_at), "address",
                     msa_cli_json_text(token->address));
}

/* Shown only once, alone on its line; it is good only on the site of this configuration. */
static void print_token(msa_cli_t *cli, const msa_personal_token_t *token, const char *secret)
{
    json_t *all;
    if (!cli->options.is_json) {
        msa_cli_print(cli, "%s", secret);
        return;
    }
    all = json_token(cli, token);
    json_object_set_new(all, "secret", json_string(secret));
    msa_cli_print_json(all);
}

int tokens_create(msa_cli_t *cli)
{
    const char *permissions = cli->options.permissions ? cli->options.permissions : "";
    apr_interval_time_t lifetime = MSA_TOKEN_LIFETIME;
    msa_user_t *user = NULL;
    msa_personal_token_t *token = NULL;
    const char *secret = NULL;
    msa_outcome_t outcome;
    if (!cli->has_configuration || !cli->settings.is_tokens_enabled)
        return msa_cli_refuse(cli, "tokens need a virtual host with SecurityTokens On: choose "
                                   "it with --conf and --server");
    if (cli->options.expires &&
        (msa_text_duration_parse(cli->options.expires, &lifetime) != APR_SUCCESS || !lifetime))
        return msa_cli_refuse(cli, "--expires takes a duration such as 12h or 90d");
    outcome = msa_admin_find_user(cli->ctx, cli->args[0], &user);
    if (outcome == MSA_OK)
        outcome = msa_token_create(cli->ctx, user, cli->args[1], cli->options.roles,
                                   msa_text_words(cli->pool, permissions, ","), lifetime, &secret,
                                   &token);
    if (outcome == MSA_OK)
        print_token(cli, token, secret);
    return msa_cli_finish(cli, outcome, cli->args[0]);
}

static void print_token_row(msa_cli_t *cli, apr_int64_t id, const char *kind, const char *name,
                            apr_time_t expires_at, apr_time_t used_at)
{
    msa_cli_print(cli, "%8" APR_INT64_T_FMT "  %-8s  %-32s until %s, used %s", id, kind, name,
                  msa_cli_time(cli, expires_at), msa_cli_time(cli, used_at));
}

static json_t *json_signin_token(msa_cli_t *cli, const msa_ticket_t *ticket)
{
    json_t *token = json_session(cli, ticket);
    json_object_set_new(token, "kind", json_string(SIGN_IN));
    json_object_set_new(token, "expires_at", msa_cli_json_time(cli, ticket->expires_at));
    return token;
}

static msa_outcome_t list_personal(msa_cli_t *cli, apr_int64_t user_id, json_t *all)
{
    apr_array_header_t *tokens = NULL;
    msa_outcome_t outcome = msa_token_list(cli->ctx, user_id, &tokens);
    for (int i = 0; outcome == MSA_OK && i < tokens->nelts; i++) {
        const msa_personal_token_t *token = APR_ARRAY_IDX(tokens, i, const msa_personal_token_t *);
        if (cli->options.is_json)
            json_array_append_new(all, json_token(cli, token));
        else
            print_token_row(cli, token->id, PERSONAL, token->name, token->expires_at,
                            token->used_at);
    }
    return outcome;
}

static msa_outcome_t list_signin(msa_cli_t *cli, apr_int64_t user_id, json_t *all)
{
    apr_array_header_t *tickets = NULL;
    msa_outcome_t outcome = msa_sessions_list(cli->ctx, user_id, MSA_PURPOSE_TOKEN, &tickets);
    for (int i = 0; outcome == MSA_OK && i < tickets->nelts; i++) {
        const msa_ticket_t *ticket = APR_ARRAY_IDX(tickets, i, const msa_ticket_t *);
        if (cli->options.is_json)
            json_array_append_new(all, json_signin_token(cli, ticket));
        else
            print_token_row(cli, ticket->id, SIGN_IN, ticket->agent ? ticket->agent : "-",
                            ticket->expires_at, ticket->used_at);
    }
    return outcome;
}

int tokens_list(msa_cli_t *cli)
{
    msa_user_t *user = NULL;
    json_t *all = json_array();
    msa_outcome_t outcome = msa_admin_find_user(cli->ctx, cli->args[0], &user);
    if (outcome == MSA_OK)
        outcome = list_personal(cli, user->id, all);
    if (outcome == MSA_OK)
        outcome = list_signin(cli, user->id, all);
    if (outcome == MSA_OK && cli->options.is_json)
        msa_cli_print_json(all);
    else
        json_decref(all);
    return outcome == MSA_OK ? EXIT_DONE : msa_cli_finish(cli, outcome, cli->args[0]);
}

int tokens_revoke(msa_cli_t *cli)
{
    msa_user_t *user = NULL;
    apr_int64_t id = 0;
    msa_outcome_t outcome;
    if (!read_id(cli->args[1], &id))
        return msa_cli_refuse(cli, "%s is not the number of a token", cli->args[1]);
    outcome = msa_admin_find_user(cli->ctx, cli->args[0], &user);
    if (outcome == MSA_OK)
        outcome = msa_token_revoke(cli->ctx, user->id, id);
    if (outcome == MSA_OK)
        msa_cli_print(cli, "revoked %s of %s", cli->args[1], user->email);
    return msa_cli_finish(cli, outcome, cli->args[0]);
}
