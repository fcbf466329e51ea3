/* SPDX-License-Identifier: Apache-2.0 */
/* `security-auth roles`: roles, their permissions, and who has them. */

#include "cli.h"

#include "../account/admin.h"
#include "../base/json.h"
#include "../base/text.h"
#include "../store/roles.h"

#include <apr_strings.h>

int roles_create(msa_cli_t *cli)
{
    const char *permissions = cli->options.permissions;
    msa_outcome_t outcome =
        msa_admin_create_role(cli->ctx, cli->args[0], cli->options.description,
                              permissions ? msa_text_words(cli->pool, permissions, ",") : NULL);
    if (outcome == MSA_OK)
        msa_cli_print(cli, "created role %s", cli->args[0]);
    return msa_cli_finish(cli, outcome, cli->args[0]);
}

static json_t *json_role(msa_cli_t *cli, const msa_role_t *role)
{
    apr_array_header_t *names =
        msa_text_words(cli->pool, role->permissions ? role->permissions : "", ",");
    return json_pack("{sI ss so so}", "id", (json_int_t)role->id, "name", role->name, "description",
                     msa_cli_json_text(role->description), "permissions", msa_json_texts(names));
}

int roles_list(msa_cli_t *cli)
{
    apr_array_header_t *roles = NULL;
    json_t *all;
    if (msa_role_list(cli->ctx->db, cli->pool, &roles) != APR_SUCCESS)
        return msa_cli_finish(cli, MSA_BROKEN, "roles");
    all = json_array();
    for (int i = 0; i < roles->nelts; i++) {
        const msa_role_t *role = APR_ARRAY_IDX(roles, i, const msa_role_t *);
        if (cli->options.is_json)
            json_array_append_new(all, json_role(cli, role));
        else
            msa_cli_print(cli, "%-24s %-32s %s", role->name,
                          role->permissions ? role->permissions : "",
                          role->description ? role->description : "");
    }
    if (cli->options.is_json)
        msa_cli_print_json(all);
    else
        json_decref(all);
    return EXIT_DONE;
}

int roles_delete(msa_cli_t *cli)
{
    msa_outcome_t outcome = msa_admin_delete_role(cli->ctx, cli->args[0]);
    if (outcome == MSA_OK)
        msa_cli_print(cli, "deleted role %s", cli->args[0]);
    return msa_cli_finish(cli, outcome, cli->args[0]);
}

typedef msa_outcome_t (*membership_t)(msa_context_t *ctx, const msa_user_t *user, const char *role);

static int change_memberships(msa_cli_t *cli, membership_t act, const char *done)
{
    msa_user_t *user = NULL;
    int status = EXIT_DONE;
    msa_outcome_t outcome = msa_admin_find_user(cli->ctx, cli->args[0], &user);
    if (outcome != MSA_OK)
        return msa_cli_finish(cli, outcome, cli->args[0]);
    for (int i = 1; i < cli->count; i++) {
        outcome = act(cli->ctx, user, cli->args[i]);
        if (outcome == MSA_OK)
            msa_cli_print(cli, "%s %s: %s", done, user->email, cli->args[i]);
        else
            status = msa_cli_finish(cli, outcome, cli->args[i]);
    }
    return status;
}

int roles_add(msa_cli_t *cli)
{
    return change_memberships(cli, msa_admin_add_role, "added to");
}

int roles_remove(msa_cli_t *cli)
{
    return change_memberships(cli, msa_admin_remove_role, "removed from");
}

typedef msa_outcome_t (*grant_t)(msa_context_t *ctx, const char *role, const char *permission);

static int change_permissions(msa_cli_t *cli, grant_t act, const char *done)
{
    int status = EXIT_DONE;
    for (int i = 1; i < cli->count; i++) {
        msa_outcome_t outcome = act(cli->ctx, cli->args[0], cli->args[i]);
        if (outcome == MSA_OK)
            msa_cli_print(cli, "%s %s: %s", done, cli->args[0], cli->args[i]);
        else
            status = msa_cli_finish(cli, outcome,
                                    apr_pstrcat(cli->pool, cli->args[0], " ", cli->args[i], NULL));
    }
    return status;
}

int roles_grant(msa_cli_t *cli)
{
    return change_permissions(cli, msa_admin_grant, "granted to");
}

int roles_revoke(msa_cli_t *cli)
{
    return change_permissions(cli, msa_admin_revoke, "revoked from");
}
