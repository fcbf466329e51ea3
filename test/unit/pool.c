/* SPDX-License-Identifier: Apache-2.0 */
#include "pool.h"

#include <apr_general.h>

int pool_group_setup(void **state)
{
    (void)state;
    return apr_initialize() == APR_SUCCESS ? 0 : -1;
}

int pool_group_teardown(void **state)
{
    (void)state;
    apr_terminate();
    return 0;
}

int pool_setup(void **state)
{
    apr_pool_t *pool;
    if (apr_pool_create(&pool, NULL) != APR_SUCCESS)
        return -1;
    *state = pool;
    return 0;
}

int pool_teardown(void **state)
{
    apr_pool_destroy(*state);
    return 0;
}
