/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the texts that visitors see, in the language of a site, from `messages/LANGUAGE.txt`. */

#include "messages.h"

#include "text.h"

#include <stdbool.h>
#include <string.h>

#include <apr_file_io.h>
#include <apr_hash.h>
#include <apr_strings.h>

#define ENGLISH             "en"
#define LINE_BYTES_MAX      1024
#define LANGUAGE_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"

struct msa_messages_t {
    apr_hash_t *texts; /* key -> const char * */
};

static const char *trim(apr_pool_t *pool, const char *text, apr_size_t length)
{
    while (length && strchr(" \t\r\n", *text)) {
        text++;
        length--;
    }
    while (length && strchr(" \t\r\n", text[length - 1]))
        length--;
    return apr_pstrmemdup(pool, text, length);
}

static apr_status_t read_line(apr_pool_t *pool, const char *line, apr_hash_t *texts)
{
    const char *equals = strchr(line, '=');
    const char *key, *text;
    if (!*trim(pool, line, strlen(line)) || line[0] == '#')
        return APR_SUCCESS;
    if (!equals)
        return APR_EINVAL;
    key = trim(pool, line, (apr_size_t)(equals - line));
    text = trim(pool, equals + 1, strlen(equals + 1));
    if (!*key || !*text || !msa_text_is_clean(text))
        return APR_EINVAL;
    apr_hash_set(texts, key, APR_HASH_KEY_STRING, text);
    return APR_SUCCESS;
}

static apr_status_t read_file(apr_pool_t *pool, const char *path, apr_hash_t *texts,
                              const char **error)
{
    apr_file_t *file;
    char line[LINE_BYTES_MAX];
    int number = 0;
    apr_off_t read = 0, seen = 0;
    apr_status_t status =
        apr_file_open(&file, path, APR_FOPEN_READ | APR_FOPEN_BUFFERED, APR_FPROT_OS_DEFAULT, pool);
    if (status != APR_SUCCESS) {
        *error = apr_psprintf(pool, "%s cannot be read", path);
        return status;
    }
    while (status == APR_SUCCESS && apr_file_gets(line, sizeof(line), file) == APR_SUCCESS) {
        bool is_whole = strchr(line, '\n') || apr_file_eof(file) == APR_EOF;
        number++;
        read += (apr_off_t)strlen(line);
        status = is_whole ? read_line(pool, line, texts) : APR_EINVAL;
    }
    /* A NUL would hide the rest of its line. */
    if (status == APR_SUCCESS && apr_file_seek(file, APR_CUR, &seen) == APR_SUCCESS && seen != read)
        status = APR_EINVAL;
    apr_file_close(file);
    if (status != APR_SUCCESS)
        *error =
            apr_psprintf(pool, "%s:%d: a line must be KEY = text, in UTF-8, of at most %d bytes",
                         path, number, LINE_BYTES_MAX);
    return status;
}

/* The path of a language's file below a directory; NULL when it does not exist. */
static const char *file_of(apr_pool_t *pool, const char *directory, const char *language)
{
    apr_finfo_t info;
    const char *path =
        directory ? apr_pstrcat(pool, directory, "/messages/", language, ".txt", NULL) : NULL;
    return path && apr_stat(&info, path, APR_FINFO_TYPE, pool) == APR_SUCCESS ? path : NULL;
}

apr_status_t msa_messages_load(apr_pool_t *pool, const char *site_directory,
                               const char *shipped_directory, const char *language,
                               const msa_messages_t **messages, const char **error)
{
    msa_messages_t *made = apr_pcalloc(pool, sizeof(*made));
    const char *files[3] = {NULL}; /* each replaces texts of those before it */
    apr_status_t status = APR_SUCCESS;
    if (!*language || language[strspn(language, LANGUAGE_CHARACTERS)]) {
        *error = apr_psprintf(pool, "\"%s\" is not a language name such as en or pt-BR", language);
        return APR_EINVAL;
    }
    if (strcmp(language, ENGLISH) != 0)
        files[0] = file_of(pool, shipped_directory, ENGLISH);
    files[1] = file_of(pool, shipped_directory, language);
    files[2] = file_of(pool, site_directory, language);
    if (!files[1] && !files[2]) {
        *error = apr_psprintf(pool, "there is no %s/messages/%s.txt",
                              site_directory ? site_directory : shipped_directory, language);
        return APR_NOTFOUND;
    }
    made->texts = apr_hash_make(pool);
    for (int i = 0; i < 3 && status == APR_SUCCESS; i++) {
        if (files[i])
            status = read_file(pool, files[i], made->texts, error);
    }
    if (status == APR_SUCCESS)
        *messages = made;
    return status;
}

const char *msa_messages_text(const msa_messages_t *messages, const char *key)
{
    const char *text = apr_hash_get(messages->texts, key, APR_HASH_KEY_STRING);
    return text ? text : key;
}
