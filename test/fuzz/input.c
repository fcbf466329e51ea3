/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <apr_allocator.h>
#include <apr_file_info.h>
#include <apr_file_io.h>
#include <apr_general.h>
#include <apr_strings.h>

void fuzz_fail(const char *file, int line, const char *sentence)
{
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, sentence);
    abort();
}

/* ---- files ---- */

static char directory[64];

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *place)
{
    (void)info, (void)kind, (void)place;
    return remove(path);
}

static void remove_directory(void)
{
    nftw(directory, remove_entry, 4, FTW_DEPTH | FTW_PHYS);
}

static void make_directory(apr_pool_t *pool)
{
    const char *temporary = NULL;
    fuzz_require(apr_temp_dir_get(&temporary, pool) == APR_SUCCESS);
    apr_snprintf(directory, sizeof(directory), "%.40s/msa_fuzz_XXXXXX", temporary);
    fuzz_require(mkdtemp(directory));
    atexit(remove_directory);
}

const char *fuzz_write(apr_pool_t *pool, const char *name, const char *text, size_t length)
{
    apr_file_t *file;
    const char *path;
    if (!*directory)
        make_directory(pool);
    path = apr_pstrcat(pool, directory, "/", name, NULL);
    apr_dir_make_recursive(apr_pstrmemdup(pool, path, (size_t)(strrchr(path, '/') - path)),
                           APR_FPROT_OS_DEFAULT, pool);
    fuzz_require(apr_file_open(&file, path, APR_FOPEN_WRITE | APR_FOPEN_CREATE | APR_FOPEN_TRUNCATE,
                               APR_FPROT_OS_DEFAULT, pool) == APR_SUCCESS);
    fuzz_require(apr_file_write_full(file, text, length, NULL) == APR_SUCCESS);
    apr_file_close(file);
    return directory;
}

/* ---- inputs ---- */

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    return apr_initialize() == APR_SUCCESS ? 0 : 1;
}

/*
 * Each input gets its own allocator, so that its memory is really freed, and is copied exactly, so
 * that reading past its end is noticed.
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
