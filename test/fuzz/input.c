/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <apr_allocator.h>
#include <apr_general.h>

void fuzz_fail(const char *file, int line, const char *sentence)
{
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, sentence);
    abort();
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    return apr_initialize() == APR_SUCCESS ? 0 : 1;
}

/*
 * Each input gets an allocator of its own, so that its memory is really freed, and an exact copy,
 * so that a byte too many is seen.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_allocator_t *allocator;
    apr_pool_t *pool;
    char *copy;
    copy = malloc(size + 1);
    if (!copy || apr_allocator_create(&allocator) != APR_SUCCESS ||
        apr_pool_create_ex(&pool, NULL, NULL, allocator) != APR_SUCCESS)
        abort();
    apr_allocator_owner_set(allocator, pool);
    memcpy(copy, data, size);
    copy[size] = '\0';
    fuzz_text(pool, copy, size);
    apr_pool_destroy(pool);
    free(copy);
    return 0;
}
