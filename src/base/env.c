/* SPDX-License-Identifier: Apache-2.0 */
/* The system's clocks, randomness and memory, and logging through an `msa_env_t`. */

#include "env.h"

#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

#include <apr_allocator.h>
#include <apr_strings.h>

#include <openssl/rand.h>

apr_time_t msa_env_now(void *baton)
{
    (void)baton;
    return apr_time_now();
}

apr_status_t msa_env_random(void *baton, unsigned char *bytes, apr_size_t count)
{
    (void)baton;
    return RAND_bytes(bytes, (int)count) == 1 ? APR_SUCCESS : APR_EGENERAL;
}

apr_time_t msa_env_ticks(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return apr_time_make(now.tv_sec, now.tv_nsec / 1000);
}

apr_pool_t *msa_env_pool(apr_size_t kept)
{
    apr_allocator_t *allocator = NULL;
    apr_pool_t *pool = NULL;
    if (apr_allocator_create(&allocator) != APR_SUCCESS ||
        apr_pool_create_ex(&pool, NULL, NULL, allocator) != APR_SUCCESS)
        abort();
    apr_allocator_owner_set(allocator, pool);
    apr_allocator_max_free_set(allocator, kept);
    return pool;
}

void msa_env_log(const msa_env_t *env, apr_pool_t *pool, msa_log_level_t level, const char *format,
                 ...)
{
    va_list arguments;
    const char *line;
    va_start(arguments, format);
    line = apr_pvsprintf(pool, format, arguments);
    va_end(arguments);
    env->log(env->baton, level, line);
}
