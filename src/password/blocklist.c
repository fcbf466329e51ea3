/* SPDX-License-Identifier: Apache-2.0 */
/* A file of passwords that nobody may choose, read once and looked up regardless of case. */

#include "blocklist.h"

#include "../base/text.h"

#include <string.h>

#include <apr_file_io.h>
#include <apr_strings.h>

#define FILE_BYTES_MAX (64 * 1024 * 1024)
#define LINE_BYTES_MAX 1024

static void add(apr_pool_t *pool, apr_hash_t *list, char *line)
{
    const char *key;
    line[strcspn(line, "\r\n")] = '\0';
    key = *line ? msa_text_identity_key(pool, line) : NULL;
    if (key)
        apr_hash_set(list, key, APR_HASH_KEY_STRING, key);
}

static apr_status_t read_lines(apr_pool_t *pool, apr_file_t *file, apr_hash_t *list)
{
    char line[LINE_BYTES_MAX];
    apr_finfo_t info;
    apr_status_t status = apr_file_info_get(&info, APR_FINFO_SIZE, file);
    if (status == APR_SUCCESS && info.size > FILE_BYTES_MAX)
        status = APR_EINVAL;
    while (status == APR_SUCCESS) {
        status = apr_file_gets(line, sizeof(line), file);
        if (status == APR_SUCCESS)
            add(pool, list, line);
    }
    return status == APR_EOF ? APR_SUCCESS : status;
}

apr_status_t msa_blocklist_read(apr_pool_t *pool, const char *path, const apr_hash_t **list)
{
    const char *name = apr_pstrcat(pool, "msa blocklist ", path, NULL);
    apr_hash_t *made = apr_hash_make(pool);
    void *record = NULL;
    apr_file_t *file;
    apr_status_t status;
    apr_pool_userdata_get(&record, name, pool);
    if (record) {
        *list = record;
        return APR_SUCCESS;
    }
    status =
        apr_file_open(&file, path, APR_FOPEN_READ | APR_FOPEN_BUFFERED, APR_FPROT_OS_DEFAULT, pool);
    if (status != APR_SUCCESS)
        return status;
    status = read_lines(pool, file, made);
    apr_file_close(file);
    if (status != APR_SUCCESS)
        return status;
    *list = made;
    return apr_pool_userdata_setn(made, name, NULL, pool);
}

bool msa_blocklist_has(const apr_hash_t *list, apr_pool_t *pool, const char *password)
{
    const char *key = list ? msa_text_identity_key(pool, password) : NULL;
    return key && apr_hash_get((apr_hash_t *)list, key, APR_HASH_KEY_STRING);
}
