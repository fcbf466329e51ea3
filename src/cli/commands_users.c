/* SPDX-License-Identifier: Apache-2.0 */
/* `security-auth users`: creates, shows, lists and changes users. */

#include "cli.h"

#include "../account/admin.h"
#include "../base/json.h"
#include "../identity/identity.h"
#include "../store/roles.h"

#include <stdio.h>
#include <string.h>

#include <apr_strings.h>

#define USERS_AT_ONCE 500

static json_t *json_user(msa_cli_t *cli, const msa_user_t *user, const apr_array_header_t *names)
{
    return json_pack("{sI ss so sb so so so so so sI so}", "id", (json_int_t)user->id, "email",
                     user->email, "username", msa_cli_json_text(user->username), "active",
                     user->is_active, "confirmed_at", msa_cli_json_time(cli, user->confirmed_at),
                     "created_at", msa_cli_json_time(cli, user->created_at), "current_login_at",
                     msa_cli_json_time(cli, user->current_login_at), "last_login_at",
                     msa_cli_json_time(cli, user->last_login_at), "current_login_ip",
                     msa_cli_json_text(user->current_login_ip), "login_count",
                     (json_int_t)user->login_count, "roles", msa_json_texts(names));
}

int users_create(msa_cli_t *cli)
{
    const msa_options_t *options = &cli->options;
    msa_user_order_t order = {.email = cli->args[0],
                              .username = options->username,
                              .is_active = !options->is_inactive,
                              .is_confirmed = options->is_confirmed,
                              .roles = options->roles};
    msa_user_t *user = NULL;
    msa_outcome_t outcome;
    if (!options->no_password) {
        order.password = msa_cli_password(cli);
        if (!order.password)
            return EXIT_REFUSED;
        if (!*order.password)
            return msa_cli_finish(cli, MSA_PASSWORD_NOT_PROVIDED, cli->args[0]);
    }
    outcome = msa_admin_create_user(cli->ctx, &order, &user);
    if (outcome == MSA_NOT_FOUND)
        return msa_cli_refuse(cli, "%s: one of the roles does not exist", cli->args[0]);
    if (outcome == MSA_OK)
        msa_cli_print(cli, "created #%" APR_INT64_T_FMT " %s", user->id, user->email);
    return msa_cli_finish(cli, outcome, cli->args[0]);
}

static void print_row(msa_cli_t *cli, const msa_user_t *user, const apr_array_header_t *names)
{
    msa_cli_print(cli, "%6" APR_INT64_T_FMT "  %-40s %-9s %-12s %s", user->id, user->email,
                  user->is_active ? "active" : "inactive",
                  user->confirmed_at ? "confirmed" : "unconfirmed",
                  apr_array_pstrcat(cli->pool, names, ','));
}

/* `*after` = the id of the last one; `*count` = how many there were. */
static msa_outcome_t list_page(msa_cli_t *cli, apr_int64_t *after, int *count, bool *has_begun)
{
    apr_array_header_t *users = NULL;
    if (msa_user_list(cli->ctx->db, cli->pool, cli->options.role, *after, USERS_AT_ONCE, &users) !=
        APR_SUCCESS)
        return MSA_BROKEN;
    for (int i = 0; i < users->nelts; i++) {
        const msa_user_t *user = APR_ARRAY_IDX(users, i, const msa_user_t *);
        msa_identity_t *identity = NULL;
        msa_outcome_t outcome = msa_identity_of_user(cli->ctx, user, &identity);
        if (outcome != MSA_OK)
            return outcome;
        if (cli->options.is_json)
            msa_cli_print_item(json_user(cli, user, identity->roles), has_begun);
        else
            print_row(cli, user, identity->roles);
        *after = user->id;
    }
    *count = users->nelts;
    return MSA_OK;
}

/* A mistyped role must not look like one without users. */
static msa_outcome_t check_role(const msa_cli_t *cli)
{
    msa_role_t *role = NULL;
    if (!cli->options.role)
        return MSA_OK;
    return msa_context_outcome(msa_role_by_name(cli->ctx->db, cli->pool, cli->options.role, &role));
}

/* The memory of a page is freed before the next one is read: there may be millions of users. */
int users_list(msa_cli_t *cli)
{
    msa_cli_t page = *cli;
    msa_context_t ctx = *cli->ctx;
    msa_outcome_t outcome = check_role(cli);
    bool has_begun = false;
    apr_int64_t after = 0;
    int count = 0;
    if (outcome != MSA_OK)
        return msa_cli_finish(cli, outcome, cli->options.role);
    apr_pool_create(&page.pool, cli->pool);
    page.ctx = &ctx;
    ctx.pool = page.pool;
    do {
        apr_pool_clear(page.pool);
        outcome = list_page(&page, &after, &count, &has_begun);
    } while (outcome == MSA_OK && count == USERS_AT_ONCE);
    if (outcome == MSA_OK && cli->options.is_json)
        msa_cli_print_item(NULL, &has_begun);
    return msa_cli_finish(cli, outcome, "users");
}

static void print_user(msa_cli_t *cli, const msa_user_t *user, const apr_array_header_t *names)
{
    msa_cli_print(cli, "id            %" APR_INT64_T_FMT, user->id);
    msa_cli_print(cli, "email         %s", user->email);
    msa_cli_print(cli, "username      %s", user->username ? user->username : "-");
    msa_cli_print(cli, "active        %s", user->is_active ? "yes" : "no");
    msa_cli_print(cli, "confirmed     %s", msa_cli_time(cli, user->confirmed_at));
    msa_cli_print(cli, "created       %s", msa_cli_time(cli, user->created_at));
    msa_cli_print(cli, "last sign-in  %s", msa_cli_time(cli, user->current_login_at));
    msa_cli_print(cli, "sign-ins      %" APR_INT64_T_FMT, user->login_count);
    msa_cli_print(cli, "roles         %s", apr_array_pstrcat(cli->pool, names, ','));
}

int users_show(msa_cli_t *cli)
{
    msa_user_t *user = NULL;
    msa_identity_t *identity = NULL;
    msa_outcome_t outcome = msa_admin_find_user(cli->ctx, cli->args[0], &user);
    if (outcome == MSA_OK)
        outcome = msa_identity_of_user(cli->ctx, user, &identity);
    if (outcome == MSA_OK && cli->options.is_json)
        msa_cli_print_json(json_user(cli, user, identity->roles));
    else if (outcome == MSA_OK)
        print_user(cli, user, identity->roles);
    return msa_cli_finish(cli, outcome, cli->args[0]);
}

/* Most sentences find a user, do one thing to them, and say what became of it. */
static int change(msa_cli_t *cli, msa_outcome_t (*act)(msa_context_t *, const msa_user_t *),
                  const char *done)
{
    msa_user_t *user = NULL;
    msa_outcome_t outcome = msa_admin_find_user(cli->ctx, cli->args[0], &user);
    if (outcome == MSA_OK)
        outcome = act(cli->ctx, user);
    if (outcome == MSA_OK)
        msa_cli_print(cli, "%s %s", done, user->email);
    return msa_cli_finish(cli, outcome, cli->args[0]);
}

static msa_outcome_t activate(msa_context_t *ctx, const msa_user_t *user)
{
    return msa_admin_set_active(ctx, user, true);
}

static msa_outcome_t deactivate(msa_context_t *ctx, const msa_user_t *user)
{
    return msa_admin_set_active(ctx, user, false);
}

int users_activate(msa_cli_t *cli)
{
    return change(cli, activate, "activated");
}

int users_deactivate(msa_cli_t *cli)
{
    return change(cli, deactivate, "deactivated");
}

int users_confirm(msa_cli_t *cli)
{
    return change(cli, msa_admin_confirm, "confirmed");
}

int users_unlock(msa_cli_t *cli)
{
    return change(cli, msa_admin_unlock, "unlocked");
}

int users_delete(msa_cli_t *cli)
{
    return change(cli, msa_admin_delete_user, "deleted");
}

int users_reset_access(msa_cli_t *cli)
{
    return change(cli, msa_admin_reset_access, "ended all access of");
}

int users_password(msa_cli_t *cli)
{
    msa_user_t *user = NULL;
    const char *password;
    msa_outcome_t outcome = msa_admin_find_user(cli->ctx, cli->args[0], &user);
    if (outcome != MSA_OK)
        return msa_cli_finish(cli, outcome, cli->args[0]);
    password = msa_cli_password(cli);
    if (!password)
        return EXIT_REFUSED;
    outcome = msa_admin_set_password(cli->ctx, user, password);
    if (outcome == MSA_OK)
        msa_cli_print(cli, "changed the password of %s", user->email);
    return msa_cli_finish(cli, outcome, cli->args[0]);
}
