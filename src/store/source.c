/* SPDX-License-Identifier: Apache-2.0 */
/* A source of connections for programs with one thread: one connection, opened again when it is
 * lost. */

#include "db.h"

#include <apr_strings.h>

/** One connection that is kept, and opened again when it turns out to be dead. */
typedef struct direct_t {
    apr_pool_t *pool;
    apr_pool_t *connection_pool;
    const apr_dbd_driver_t *driver;
    const char *params;
    apr_dbd_t *handle;
    apr_uint32_t is_unfit_told;
} direct_t;

static apr_status_t close_handle(void *data)
{
    direct_t *direct = data;
    if (direct->handle)
        apr_dbd_close(direct->driver, direct->handle);
    direct->handle = NULL;
    return APR_SUCCESS;
}

/* The handle goes before the memory that it and its statements are in. */
static apr_status_t open_handle(direct_t *direct, const char **error)
{
    apr_status_t status;
    apr_pool_clear(direct->connection_pool);
    status = apr_dbd_open_ex(direct->driver, direct->connection_pool, direct->params,
                             &direct->handle, error);
    if (status != APR_SUCCESS)
        direct->handle = NULL;
    else
        apr_pool_pre_cleanup_register(direct->connection_pool, direct, close_handle);
    return status;
}

static apr_status_t open_direct(void *baton, apr_pool_t *pool, msa_db_connection_t *connection)
{
    direct_t *direct = baton;
    const char *error = NULL;
    apr_status_t status = APR_SUCCESS;
    (void)pool;
    if (!direct->handle ||
        apr_dbd_check_conn(direct->driver, direct->connection_pool, direct->handle) != APR_SUCCESS)
        status = open_handle(direct, &error);
    if (status != APR_SUCCESS)
        return status;
    connection->driver = direct->driver;
    connection->handle = direct->handle;
    connection->pool = direct->connection_pool;
    connection->lease = direct;
    return APR_SUCCESS;
}

static void close_direct(void *baton, msa_db_connection_t *connection)
{
    (void)baton;
    (void)connection;
}

apr_status_t msa_db_source_direct(apr_pool_t *pool, const char *driver, const char *params,
                                  msa_db_source_t **source, const char **error)
{
    direct_t *direct = apr_pcalloc(pool, sizeof(*direct));
    msa_db_source_t *made = apr_pcalloc(pool, sizeof(*made));
    apr_status_t status = apr_dbd_get_driver(pool, driver, &direct->driver);
    if (status != APR_SUCCESS) {
        *error = apr_psprintf(pool, "the apr_dbd driver %s is not installed", driver);
        return status;
    }
    direct->pool = pool;
    direct->params = apr_pstrdup(pool, params);
    apr_pool_create(&direct->connection_pool, pool);
    status = open_handle(direct, error);
    if (status != APR_SUCCESS) {
        *error = *error ? apr_pstrdup(pool, *error) : "the database cannot be opened";
        return status;
    }
    made->baton = direct;
    made->open = open_direct;
    made->close = close_direct;
    made->is_unfit_told = &direct->is_unfit_told;
    *source = made;
    return APR_SUCCESS;
}
