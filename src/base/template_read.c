/* SPDX-License-Identifier: Apache-2.0 */
/* Reads one template as XML, safely: no entities, no network, every error with its file
 * and line. */

#include "template_list.h"

#include <string.h>

#include <apr_file_info.h>
#include <apr_file_io.h>
#include <apr_strings.h>
#include <libxml/parser.h>

#define FILE_BYTES_MAX 262144

/* libxml2 2.12 made the errors that it reports constant. */
#if LIBXML_VERSION >= 21200
typedef const xmlError *report_t;
#else
typedef xmlErrorPtr report_t;
#endif

/** What the handlers of a parser need. */
typedef struct reading_t {
    apr_pool_t *pool;
    const char *path;
    const char **error;
} reading_t;

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

apr_status_t msa_template_slurp(apr_pool_t *pool, const char *path, char **text, apr_size_t *length,
                                const char **error)
{
    apr_file_t *file;
    apr_finfo_t info;
    apr_status_t status = apr_file_open(&file, path, APR_FOPEN_READ, APR_FPROT_OS_DEFAULT, pool);
    if (status == APR_SUCCESS) {
        status = apr_file_info_get(&info, APR_FINFO_SIZE, file);
        if (status == APR_SUCCESS && info.size > FILE_BYTES_MAX)
            status = APR_ENOSPC;
        if (status == APR_SUCCESS) {
            *length = (apr_size_t)info.size;
            *text = apr_pcalloc(pool, *length + 1);
            status = *length ? apr_file_read_full(file, *text, *length, NULL) : APR_SUCCESS;
        }
        apr_file_close(file);
    }
    if (status == APR_ENOSPC)
        *error = apr_psprintf(pool, "%s: it is larger than %d bytes", path, FILE_BYTES_MAX);
    else if (status != APR_SUCCESS)
        *error = apr_psprintf(pool, "%s: it cannot be read: %pm", path, &status);
    return status;
}

/* The first report is the cause, and the others follow from it; its first line is the sentence. */
static void keep(const reading_t *reading, int line, const char *cause)
{
    apr_size_t length = strcspn(cause, "\n");
    while (length && strchr(" \t\r\n", cause[length - 1]))
        length--;
    if (!*reading->error)
        *reading->error =
            apr_psprintf(reading->pool, "%s:%d: %.*s", reading->path, line, (int)length, cause);
}

static void report(void *context, report_t error)
{
    if (error->level >= XML_ERR_ERROR)
        keep(((xmlParserCtxt *)context)->_private, error->line,
             error->message ? error->message : "it is not well-formed");
}

static void refuse_entity(void *context, const xmlChar *name, int type, const xmlChar *public_id,
                          const xmlChar *system_id, xmlChar *content)
{
    xmlParserCtxt *parser = context;
    (void)name, (void)type, (void)public_id, (void)system_id, (void)content;
    keep(parser->_private, parser->input ? parser->input->line : 0,
         "a template must not declare entities");
    xmlStopParser(parser);
}

xmlDoc *msa_template_read(apr_pool_t *pool, const char *path, const char **error)
{
    reading_t reading = {pool, path, error};
    xmlParserCtxt *context;
    xmlDoc *document = NULL;
    apr_size_t length;
    char *text;
    *error = NULL;
    if (msa_template_slurp(pool, path, &text, &length, error) != APR_SUCCESS)
        return NULL;
    context = xmlNewParserCtxt();
    if (context) {
        context->_private = &reading;
        context->sax->serror = report;
        context->sax->entityDecl = refuse_entity;
        document = xmlCtxtReadMemory(context, text, (int)length, NULL, "UTF-8", XML_PARSE_NONET);
        xmlFreeParserCtxt(context);
    }
    if (document && document->intSubset && document->intSubset->children)
        keep(&reading, 1, "a template must not have declarations of its own");
    if (!document)
        keep(&reading, 1, "it is not well-formed");
    if (*error) {
        xmlFreeDoc(document);
        document = NULL;
    }
    return document;
}
