/* SPDX-License-Identifier: Apache-2.0 */
/* `security-auth schema`: creates the tables, upgrades them, checks them. */

#include "cli.h"

#include "../store/schema.h"

static int finish(msa_cli_t *cli, apr_status_t status, const char *done)
{
    if (status != APR_SUCCESS)
        return msa_cli_finish(cli, MSA_BROKEN, "schema");
    msa_cli_print(cli, "%s", done);
    return EXIT_DONE;
}

int schema_create(msa_cli_t *cli)
{
    return finish(cli, msa_schema_create(cli->ctx->db, cli->pool, cli->options.with_triggers),
                  "the tables exist");
}

int schema_upgrade(msa_cli_t *cli)
{
    return finish(cli, msa_schema_upgrade(cli->ctx->db, cli->pool), "the tables are up to date");
}

int schema_check(msa_cli_t *cli)
{
    apr_array_header_t *faults = NULL;
    int width = msa_password_width(cli->ctx->passwords, cli->pool);
    if (msa_schema_check(cli->ctx->db, cli->pool, width, &faults) != APR_SUCCESS)
        return msa_cli_finish(cli, MSA_BROKEN, "schema");
    for (int i = 0; i < faults->nelts; i++)
        msa_cli_refuse(cli, "%s", APR_ARRAY_IDX(faults, i, const char *));
    if (faults->nelts)
        return EXIT_REFUSED;
    msa_cli_print(cli, "the tables are in order");
    return EXIT_DONE;
}
