/* SPDX-License-Identifier: Apache-2.0 */
/* Loads the templates of a site at start, its own files before the shipped ones, and the style
 * sheet with its ETag. */

#include "template_list.h"

#include "digest.h"

#include <string.h>

#include <apr_file_info.h>
#include <apr_strings.h>
#include <libxml/parser.h>

#define STYLE  "security.css"
#define SUFFIX ".html"

struct msa_templates_t {
    apr_hash_t *pages; /* name -> const msa_template_t * */
    apr_hash_t *mails;
    const char *style, *etag;
};

/* The shipped directory decides which pages and mails exist; a site replaces them, but
 * adds none. */
static apr_status_t load_folder(apr_pool_t *pool, const msa_template_places_t *places,
                                const char *folder, apr_hash_t *made, const char **error)
{
    apr_dir_t *directory;
    apr_finfo_t info;
    const char *path = apr_pstrcat(pool, places->shipped, "/", folder, NULL);
    apr_status_t status = apr_dir_open(&directory, path, pool);
    if (status != APR_SUCCESS) {
        *error = apr_psprintf(pool, "%s: the directory cannot be read: %pm", path, &status);
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
                                      strcmp(folder, "mail") == 0, one, error);
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
    apr_size_t length;
    char *text;
    apr_status_t status =
        msa_template_slurp(pool, path ? path : apr_pstrcat(pool, places->shipped, "/" STYLE, NULL),
                           &text, &length, error);
    if (status != APR_SUCCESS)
        return status;
    msa_digest_sha256(text, length, digest);
    made->style = text;
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
    *error = NULL;
    xmlInitParser();
    made->pages = apr_hash_make(pool);
    made->mails = apr_hash_make(pool);
    status = load_folder(pool, &places, "page", made->pages, error);
    if (status == APR_SUCCESS)
        status = load_folder(pool, &places, "mail", made->mails, error);
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

/* A text part is laid out like its file: empty lines at its ends, and around parts that were left
 * out, are not meant. */
static const char *tidy(apr_pool_t *pool, const char *text)
{
    char *tidied = apr_palloc(pool, strlen(text) + 2);
    char *end = tidied;
    for (text += strspn(text, " \t\r\n"); *text; text++) {
        bool is_third = *text == '\n' && end - tidied >= 2 && end[-1] == '\n' && end[-2] == '\n';
        if (!is_third && *text != '\r')
            *end++ = *text;
    }
    while (end > tidied && strchr(" \t\n", end[-1]))
        end--;
    *end++ = '\n';
    *end = '\0';
    return tidied;
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
    subject += strspn(subject, " \t\r\n");
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
