/* SPDX-License-Identifier: Apache-2.0 */
#include "template_list.h"

#include "digest.h"

#include <string.h>

#include <apr_file_info.h>
#include <apr_file_io.h>
#include <apr_strings.h>
#include <libxml/parser.h>

#define STYLE           "security.css"
#define STYLE_BYTES_MAX 262144
#define SUFFIX          ".html"

struct msa_templates_t {
    apr_hash_t *pages; /* name -> const msa_template_t * */
    apr_hash_t *mails;
    const char *style, *etag;
};

static bool is_file(apr_pool_t *pool, const char *path)
{
    apr_finfo_t info;
    return apr_stat(&info, path, APR_FINFO_TYPE, pool) == APR_SUCCESS && info.filetype == APR_REG;
}

const char *msa_template_find(apr_pool_t *pool, const msa_template_places_t *places,
                              const char *name)
{
    const char *places_in_order[] = {places->site, places->shipped};
    if (strstr(name, ".."))
        return NULL;
    for (int i = 0; i < 2; i++) {
        const char *path;
        if (!places_in_order[i])
            continue;
        path = apr_pstrcat(pool, places_in_order[i], "/", name, NULL);
        if (is_file(pool, path))
            return path;
    }
    return NULL;
}

/* The shipped directory says which pages and mails there are; a site replaces, it does not add. */
static apr_status_t load_folder(apr_pool_t *pool, const msa_template_places_t *places,
                                const char *folder, bool is_mail, apr_hash_t *made,
                                const char **error)
{
    apr_dir_t *directory;
    apr_finfo_t info;
    const char *path = apr_pstrcat(pool, places->shipped, "/", folder, NULL);
    apr_status_t status = apr_dir_open(&directory, path, pool);
    if (status != APR_SUCCESS) {
        *error = apr_psprintf(pool, "the directory %s cannot be read", path);
        return status;
    }
    while (status == APR_SUCCESS && apr_dir_read(&info, APR_FINFO_NAME, directory) == APR_SUCCESS) {
        apr_size_t length = strlen(info.name), suffix = strlen(SUFFIX);
        msa_template_t *one;
        if (length <= suffix || info.name[0] == '_' || info.name[0] == '.' ||
            strcmp(info.name + length - suffix, SUFFIX) != 0)
            continue;
        one = apr_pcalloc(pool, sizeof(*one));
        status = msa_template_compile(pool, places, apr_pstrcat(pool, folder, "/", info.name, NULL),
                                      is_mail, one, error);
        apr_hash_set(made, apr_pstrmemdup(pool, info.name, length - suffix), APR_HASH_KEY_STRING,
                     one);
    }
    apr_dir_close(directory);
    return status;
}

static apr_status_t load_style(apr_pool_t *pool, const msa_template_places_t *places,
                               msa_templates_t *made, const char **error)
{
    const char *path = msa_template_find(pool, places, STYLE);
    unsigned char digest[MSA_DIGEST_SIZE];
    apr_size_t length = STYLE_BYTES_MAX;
    char *text = apr_pcalloc(pool, STYLE_BYTES_MAX + 1);
    apr_file_t *file;
    if (!path || apr_file_open(&file, path, APR_FOPEN_READ, APR_FPROT_OS_DEFAULT, pool)) {
        *error = apr_psprintf(pool, "%s/" STYLE " cannot be read", places->shipped);
        return APR_EGENERAL;
    }
    if (apr_file_read(file, text, &length) != APR_SUCCESS)
        length = 0;
    apr_file_close(file);
    made->style = apr_pstrmemdup(pool, text, length);
    msa_digest_sha256(made->style, length, digest);
    made->etag = msa_digest_hex(pool, digest, 8);
    return APR_SUCCESS;
}

apr_status_t msa_templates_load(apr_pool_t *pool, const char *site_directory,
                                const char *shipped_directory, const msa_templates_t **templates,
                                const char **error)
{
    msa_template_places_t places = {site_directory, shipped_directory};
    msa_templates_t *made = apr_pcalloc(pool, sizeof(*made));
    apr_status_t status;
    xmlInitParser();
    made->pages = apr_hash_make(pool);
    made->mails = apr_hash_make(pool);
    status = load_folder(pool, &places, "page", false, made->pages, error);
    if (status == APR_SUCCESS)
        status = load_folder(pool, &places, "mail", true, made->mails, error);
    if (status == APR_SUCCESS)
        status = load_style(pool, &places, made, error);
    if (status == APR_SUCCESS)
        *templates = made;
    return status;
}

const char *msa_templates_page(const msa_templates_t *templates, apr_pool_t *pool, const char *name,
                               const msa_values_t *values)
{
    const msa_template_t *page = apr_hash_get(templates->pages, name, APR_HASH_KEY_STRING);
    return page ? msa_template_fill(pool, &page->html, values) : NULL;
}

/* A text part is laid out like the file; the empty line behind the opening tag is not meant. */
static const char *tidy(apr_pool_t *pool, const char *text)
{
    apr_size_t length;
    text += strspn(text, "\r\n");
    length = strlen(text);
    while (length && strchr(" \t\r\n", text[length - 1]))
        length--;
    return apr_pstrcat(pool, apr_pstrmemdup(pool, text, length), "\n", NULL);
}

apr_status_t msa_templates_mail(const msa_templates_t *templates, apr_pool_t *pool,
                                const char *name, const msa_values_t *values,
                                msa_mail_parts_t *parts)
{
    const msa_template_t *mail = apr_hash_get(templates->mails, name, APR_HASH_KEY_STRING);
    const char *subject;
    if (!mail)
        return APR_NOTFOUND;
    subject = msa_template_fill(pool, &mail->subject, values);
    parts->subject = apr_pstrmemdup(pool, subject, strcspn(subject, "\r\n"));
    parts->text = tidy(pool, msa_template_fill(pool, &mail->text, values));
    parts->html = msa_template_fill(pool, &mail->html, values);
    return APR_SUCCESS;
}

const char *msa_templates_style(const msa_templates_t *templates, const char **etag)
{
    *etag = templates->etag;
    return templates->style;
}
