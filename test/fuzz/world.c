/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"
#include "fuzz.h"

#include "../../src/store/schema.h"

#include <stdlib.h>

/* From the sanitizer, if there is one. */
void __lsan_disable(void) __attribute__((weak));
void __lsan_enable(void) __attribute__((weak));

static fixture_t *shared;

static void close_shared(void)
{
    fixture_close(shared);
}

static void open_shared(void)
{
    const char *error = NULL;
    /* It lives as long as the process, which leak detection cannot know. */
    if (__lsan_disable)
        __lsan_disable();
    shared = fixture_open();
    shared->settings.password_hash = "pbkdf2_sha256";
    shared->settings.password_hash_options = "rounds=1000";
    fuzz_require(msa_password_policy_make(shared->pool, &shared->settings, &shared->passwords,
                                          &error) == APR_SUCCESS);
    if (__lsan_enable)
        __lsan_enable();
    atexit(close_shared);
}

fixture_t *fuzz_world(apr_pool_t *pool)
{
    fixture_t *fixture = apr_palloc(pool, sizeof(*fixture));
    if (!shared)
        open_shared();
    *fixture = *shared;
    fixture->pool = pool;
    fixture->path = ":memory:";
    fixture->log = apr_array_make(pool, 8, sizeof(const char *));
    fixture->changed_users = apr_array_make(pool, 8, sizeof(apr_int64_t));
    fixture->env.baton = fixture;
    fixture->source = fixture_source(fixture, pool);
    fixture->ctx = fixture_context(fixture, pool, NULL);
    fuzz_require(msa_schema_create(fixture->ctx->db, pool, false) == APR_SUCCESS);
    return fixture;
}
