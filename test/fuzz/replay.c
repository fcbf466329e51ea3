/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a target over its corpus without libFuzzer, as TAP: what `make check` does. */
#include "fuzz.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <apr_file_info.h>
#include <apr_file_io.h>
#include <apr_general.h>
#include <apr_strings.h>

#define INPUT_MAX 65536

static apr_status_t replay(apr_pool_t *pool, const char *path)
{
    apr_file_t *file;
    char *input = apr_palloc(pool, INPUT_MAX);
    apr_size_t size = INPUT_MAX;
    apr_status_t rv = apr_file_open(&file, path, APR_FOPEN_READ, APR_FPROT_OS_DEFAULT, pool);
    if (rv != APR_SUCCESS)
        return rv;
    rv = apr_file_read_full(file, input, INPUT_MAX, &size);
    apr_file_close(file);
    if (rv != APR_SUCCESS && rv != APR_EOF)
        return rv;
    LLVMFuzzerTestOneInput((const uint8_t *)input, size);
    return APR_SUCCESS;
}

int main(int argc, char **argv)
{
    const char *source = getenv("srcdir"), *folder;
    apr_pool_t *pool;
    apr_dir_t *directory;
    apr_finfo_t entry;
    int count = 0, failed = 0;
    if (LLVMFuzzerInitialize(&argc, &argv) != 0)
        return 1;
    apr_pool_create(&pool, NULL);
    folder = apr_pstrcat(pool, source ? source : ".", "/test/fuzz/corpus/", fuzz_name, NULL);
    if (apr_dir_open(&directory, folder, pool) != APR_SUCCESS) {
        printf("Bail out! no corpus in %s\n", folder);
        return 1;
    }
    while (apr_dir_read(&entry, APR_FINFO_NAME | APR_FINFO_TYPE, directory) == APR_SUCCESS) {
        bool is_read;
        if (entry.filetype != APR_REG)
            continue;
        is_read = replay(pool, apr_pstrcat(pool, folder, "/", entry.name, NULL)) == APR_SUCCESS;
        failed += !is_read;
        printf("%sok %d - %s %s\n", is_read ? "" : "not ", ++count, fuzz_name, entry.name);
        fflush(stdout);
    }
    apr_dir_close(directory);
    printf("1..%d\n", count);
    apr_terminate();
    return failed > 0;
}
