/* SPDX-License-Identifier: Apache-2.0 */
/* DIALECTS[]: finds the dialect of a driver, and fills the names of tables and the words of the
 * dialect into the text of a statement. */

#include "sql.h"
#include "dialect.h"
#include "sql_standard.h"

#include <string.h>

#include <apr_strings.h>

static const msa_dialect_t *const DIALECTS[] = {&msa_dialect_mysql, &msa_dialect_sqlite};

const msa_dialect_t *msa_dialect_find(const char *driver)
{
    for (size_t i = 0; i < sizeof(DIALECTS) / sizeof(DIALECTS[0]); i++) {
        if (strcmp(DIALECTS[i]->driver, driver) == 0)
            return DIALECTS[i];
    }
    return NULL;
}

const char *msa_sql_name(msa_sql_t statement)
{
    return msa_sql_standard[statement].name;
}

const char *msa_sql_text(apr_pool_t *pool, const msa_dialect_t *dialect,
                         const msa_settings_t *settings, msa_sql_t statement)
{
    const char *text = dialect->texts[statement];
    return msa_sql_expand(pool, dialect, settings, text ? text : msa_sql_standard[statement].text);
}

static const char *replace(apr_pool_t *pool, const char *text, const char *what, const char *by)
{
    const char *found;
    while ((found = strstr(text, what)) != NULL)
        text = apr_pstrcat(pool, apr_pstrmemdup(pool, text, (apr_size_t)(found - text)), by,
                           found + strlen(what), NULL);
    return text;
}

const char *msa_sql_expand(apr_pool_t *pool, const msa_dialect_t *dialect,
                           const msa_settings_t *settings, const char *text)
{
    const char quote[2] = {dialect->quote, '\0'};
    const struct {
        const char *hole;
        const char *name;
    } tables[] = {
        {"{user}",        settings->user_table       },
        {"{role}",        settings->role_table       },
        {"{roles_users}", settings->roles_users_table},
    };
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
        text = replace(pool, text, tables[i].hole,
                       apr_pstrcat(pool, quote, tables[i].name, quote, NULL));
    text = replace(pool, text, "{hold}", dialect->hold);
    text = replace(pool, text, "{by_user}", dialect->by_user);
    text = replace(pool, text, "{by_family}", dialect->by_family);
    text = replace(pool, text, "{user_name}", settings->user_table);
    text = replace(pool, text, "{role_name}", settings->role_table);
    text = replace(pool, text, "{roles_users_name}", settings->roles_users_table);
    return replace(pool, text, "{prefix}", settings->table_prefix);
}

bool msa_sql_is_identifier(const char *name)
{
    static const char LETTERS[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    apr_size_t length = strlen(name);
    if (length == 0 || length > 64 || !strchr(LETTERS, name[0]))
        return false;
    for (apr_size_t i = 0; i < length; i++) {
        if (!strchr(LETTERS, name[i]) && !(name[i] >= '0' && name[i] <= '9'))
            return false;
    }
    return true;
}
