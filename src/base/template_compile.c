/* SPDX-License-Identifier: Apache-2.0 */
#include "template_list.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <apr_file_info.h>
#include <apr_strings.h>
#include <libxml/parser.h>
#include <libxml/tree.h>

#define NAMESPACE    "urn:mod_security_auth:template"
#define INCLUDES_MAX 8
#define BINDINGS_MAX 16

/** A file on its way to a list of steps. */
typedef struct compiler_t {
    apr_pool_t *pool;
    const msa_template_places_t *places;
    apr_array_header_t *steps; /* of msa_step_t */
    const char *file;
    int depth; /* of includes */
    bool is_plain;
    const char **error;
} compiler_t;

/** One of several bindings of an element: an attribute and the value it takes. */
typedef struct binding_t {
    const char *attribute, *value;
} binding_t;

static const char *const VOID_ELEMENTS[] = {"area",   "base",  "br",    "col",  "embed",
                                            "hr",     "img",   "input", "link", "meta",
                                            "source", "track", "wbr",   NULL};
static const char *const FLAG_ATTRIBUTES[] = {"checked",   "required", "disabled", "selected",
                                              "autofocus", "readonly", "multiple", "novalidate",
                                              "hidden",    NULL};
static const char *const URL_ATTRIBUTES[] = {"href", "src", "action", "formaction", NULL};
static const char *const RAW_ELEMENTS[] = {"script", "style", NULL};
static const char *const DIRECTIVES[] = {"text", "if",   "unless",  "each",
                                         "attr", "flag", "include", NULL};

static bool is_one_of(const char *const *names, const char *name)
{
    for (; *names; names++) {
        if (strcasecmp(*names, name) == 0)
            return true;
    }
    return false;
}

static apr_status_t fail(compiler_t *compiler, const xmlNode *node, const char *cause)
{
    *compiler->error = apr_psprintf(compiler->pool, "%s:%ld: %s", compiler->file,
                                    node ? xmlGetLineNo(node) : 0L, cause);
    return APR_EGENERAL;
}

/* ---- steps ---- */

static int add_step(compiler_t *compiler, int kind, const char *text)
{
    msa_step_t *step = apr_array_push(compiler->steps);
    memset(step, 0, sizeof(*step));
    step->kind = kind;
    step->text = apr_pstrdup(compiler->pool, text);
    step->length = strlen(text);
    return compiler->steps->nelts - 1;
}

static void close_step(compiler_t *compiler, int at)
{
    APR_ARRAY_IDX(compiler->steps, at, msa_step_t).end = compiler->steps->nelts;
}

static void add_literal(compiler_t *compiler, const char *text)
{
    add_step(compiler, MSA_STEP_LITERAL, text);
}

static void add_escaped(compiler_t *compiler, const char *text)
{
    const char *escaped = "";
    while (*text) {
        apr_size_t plain = strcspn(text, "&<>\"");
        const char *by = text[plain] == '&'   ? "&amp;"
                         : text[plain] == '<' ? "&lt;"
                         : text[plain] == '>' ? "&gt;"
                         : text[plain]        ? "&quot;"
                                              : "";
        escaped = apr_pstrcat(compiler->pool, escaped, apr_pstrmemdup(compiler->pool, text, plain),
                              by, NULL);
        text += plain + (text[plain] != '\0');
    }
    add_literal(compiler, escaped);
}

/* ---- attributes ---- */

static bool is_ours(const xmlNs *ns)
{
    return ns && strcmp((const char *)ns->href, NAMESPACE) == 0;
}

static const char *directive(compiler_t *compiler, xmlNode *node, const char *name)
{
    xmlChar *value = xmlGetNsProp(node, BAD_CAST name, BAD_CAST NAMESPACE);
    const char *copy = value ? apr_pstrdup(compiler->pool, (const char *)value) : NULL;
    xmlFree(value);
    return copy;
}

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

/* `href=name; value=other` */
static int split_bindings(compiler_t *compiler, const char *text, binding_t *bindings)
{
    int count = 0;
    while (text && *text) {
        apr_size_t length = strcspn(text, ";");
        const char *equals = memchr(text, '=', length);
        if (equals && count < BINDINGS_MAX) {
            bindings[count].attribute = trim(compiler->pool, text, (apr_size_t)(equals - text));
            bindings[count++].value =
                trim(compiler->pool, equals + 1, length - (apr_size_t)(equals - text) - 1);
        } else if (*trim(compiler->pool, text, length)) {
            return -1;
        }
        text += length + (text[length] == ';');
    }
    return count;
}

static bool is_bound(const binding_t *bindings, int count, const char *name)
{
    for (int i = 0; i < count; i++) {
        if (strcasecmp(bindings[i].attribute, name) == 0)
            return true;
    }
    return false;
}

static void write_constant(compiler_t *compiler, const xmlAttr *attribute)
{
    const char *name = (const char *)attribute->name;
    xmlChar *value;
    add_literal(compiler, apr_pstrcat(compiler->pool, " ", name, NULL));
    if (is_one_of(FLAG_ATTRIBUTES, name))
        return;
    value = xmlNodeListGetString(attribute->doc, attribute->children, 1);
    add_literal(compiler, "=\"");
    add_escaped(compiler, value ? (const char *)value : "");
    add_literal(compiler, "\"");
    xmlFree(value);
}

static void write_bound(compiler_t *compiler, const binding_t *binding)
{
    int kind = is_one_of(URL_ATTRIBUTES, binding->attribute) ? MSA_STEP_URL : MSA_STEP_ATTRIBUTE;
    int at = add_step(compiler, MSA_STEP_IF, binding->value);
    add_literal(compiler, apr_pstrcat(compiler->pool, " ", binding->attribute, "=\"", NULL));
    add_step(compiler, kind, binding->value);
    add_literal(compiler, "\"");
    close_step(compiler, at);
}

static void write_flag(compiler_t *compiler, const binding_t *binding)
{
    int at = add_step(compiler, MSA_STEP_IF, binding->value);
    add_literal(compiler, apr_pstrcat(compiler->pool, " ", binding->attribute, NULL));
    close_step(compiler, at);
}

static apr_status_t check_directives(compiler_t *compiler, const xmlNode *node)
{
    for (const xmlAttr *attribute = node->properties; attribute; attribute = attribute->next) {
        if (is_ours(attribute->ns) && !is_one_of(DIRECTIVES, (const char *)attribute->name))
            return fail(compiler, node,
                        apr_psprintf(compiler->pool, "there is no s:%s", attribute->name));
    }
    return APR_SUCCESS;
}

static apr_status_t check_bindings(compiler_t *compiler, const xmlNode *node,
                                   const binding_t *bindings, int count)
{
    for (int i = 0; i < count; i++) {
        const char *name = bindings[i].attribute;
        if (strncasecmp(name, "on", 2) == 0 || strcasecmp(name, "style") == 0)
            return fail(compiler, node, "a value cannot be bound where a browser would run it");
    }
    return APR_SUCCESS;
}

static apr_status_t write_attributes(compiler_t *compiler, xmlNode *node)
{
    binding_t bindings[BINDINGS_MAX], flags[BINDINGS_MAX];
    int bound = split_bindings(compiler, directive(compiler, node, "attr"), bindings);
    int flagged = split_bindings(compiler, directive(compiler, node, "flag"), flags);
    if (bound < 0 || flagged < 0)
        return fail(compiler, node, "bindings are written attribute=name; attribute=name");
    if (check_bindings(compiler, node, bindings, bound) != APR_SUCCESS)
        return APR_EGENERAL;
    for (const xmlAttr *attribute = node->properties; attribute; attribute = attribute->next) {
        const char *name = (const char *)attribute->name;
        if (!is_ours(attribute->ns) && !is_bound(bindings, bound, name) &&
            !is_bound(flags, flagged, name))
            write_constant(compiler, attribute);
    }
    for (int i = 0; i < bound; i++)
        write_bound(compiler, &bindings[i]);
    for (int i = 0; i < flagged; i++)
        write_flag(compiler, &flags[i]);
    return APR_SUCCESS;
}

/* ---- elements ---- */

static apr_status_t write_nodes(compiler_t *compiler, xmlNode *node);
static apr_status_t include(compiler_t *compiler, xmlNode *node, const char *name);

static apr_status_t write_raw(compiler_t *compiler, const xmlNode *node)
{
    xmlChar *text = xmlNodeGetContent(node);
    apr_status_t status = APR_SUCCESS;
    if (text && strstr((const char *)text, "</"))
        status = fail(compiler, node, "</ cannot stand inside script or style");
    else
        add_literal(compiler, text ? (const char *)text : "");
    xmlFree(text);
    return status;
}

static apr_status_t write_content(compiler_t *compiler, xmlNode *node)
{
    const char *name = (const char *)node->name;
    const char *text = directive(compiler, node, "text");
    const char *included = directive(compiler, node, "include");
    bool is_raw = is_one_of(RAW_ELEMENTS, name);
    if (is_raw && (text || included))
        return fail(compiler, node, "a value cannot stand inside script or style");
    if (included)
        return include(compiler, node, included);
    if (text) {
        add_step(compiler, compiler->is_plain ? MSA_STEP_PLAIN : MSA_STEP_TEXT, text);
        return APR_SUCCESS;
    }
    return is_raw ? write_raw(compiler, node) : write_nodes(compiler, node->children);
}

static apr_status_t write_tag(compiler_t *compiler, xmlNode *node)
{
    const char *name = (const char *)node->name;
    apr_status_t status;
    if (compiler->is_plain)
        return write_content(compiler, node);
    add_literal(compiler, apr_pstrcat(compiler->pool, "<", name, NULL));
    status = write_attributes(compiler, node);
    add_literal(compiler, ">");
    if (status != APR_SUCCESS || is_one_of(VOID_ELEMENTS, name))
        return status;
    status = write_content(compiler, node);
    add_literal(compiler, apr_pstrcat(compiler->pool, "</", name, ">", NULL));
    return status;
}

static apr_status_t write_value(compiler_t *compiler, xmlNode *node)
{
    xmlChar *name = xmlGetProp(node, BAD_CAST "of");
    apr_status_t status = APR_SUCCESS;
    if (strcmp((const char *)node->name, "value") == 0 && name)
        add_step(compiler, compiler->is_plain ? MSA_STEP_PLAIN : MSA_STEP_TEXT, (const char *)name);
    else if (strcmp((const char *)node->name, "block") == 0)
        status = write_content(compiler, node);
    else if (strcmp((const char *)node->name, "text") != 0)
        status = fail(compiler, node,
                      "there is <s:value of=\"name\"/>, <s:block> and, in mails, <s:text>");
    xmlFree(name);
    return status;
}

/* Conditions around the element, outermost first: each, if, unless. */
static apr_status_t write_element(compiler_t *compiler, xmlNode *node)
{
    static const struct {
        const char *name;
        int kind;
    } WRAPPERS[] = {
        {"each",   MSA_STEP_EACH  },
        {"if",     MSA_STEP_IF    },
        {"unless", MSA_STEP_UNLESS},
    };
    int opened[3] = {-1, -1, -1};
    apr_status_t status = check_directives(compiler, node);
    if (status != APR_SUCCESS)
        return status;
    for (int i = 0; i < 3; i++) {
        const char *name = directive(compiler, node, WRAPPERS[i].name);
        if (name)
            opened[i] = add_step(compiler, WRAPPERS[i].kind, name);
    }
    status = is_ours(node->ns) ? write_value(compiler, node) : write_tag(compiler, node);
    for (int i = 2; i >= 0; i--) {
        if (opened[i] >= 0)
            close_step(compiler, opened[i]);
    }
    return status;
}

static apr_status_t write_nodes(compiler_t *compiler, xmlNode *node)
{
    apr_status_t status = APR_SUCCESS;
    for (; node && status == APR_SUCCESS; node = node->next) {
        if (node->type == XML_ELEMENT_NODE)
            status = write_element(compiler, node);
        else if (node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE)
            (compiler->is_plain ? add_literal : add_escaped)(compiler, (const char *)node->content);
        else if (node->type != XML_COMMENT_NODE)
            status = fail(compiler, node,
                          "only elements, text and comments stand in a template; write characters "
                          "as &#160; instead of by name");
    }
    return status;
}

/* ---- files ---- */

static void keep_first_error(void *data, xmlErrorPtr error)
{
    compiler_t *compiler = data;
    if (*compiler->error)
        return;
    *compiler->error = apr_psprintf(compiler->pool, "%s:%d: %s", compiler->file, error->line,
                                    trim(compiler->pool, error->message, strlen(error->message)));
}

static xmlDoc *parse(compiler_t *compiler, const char *name)
{
    const char *path = msa_template_find(compiler->pool, compiler->places, name);
    xmlParserCtxt *context;
    xmlDoc *document = NULL;
    if (!path) {
        *compiler->error = apr_psprintf(compiler->pool, "%s: there is no such template", name);
        return NULL;
    }
    compiler->file = path;
    context = xmlNewParserCtxt();
    if (context) {
        xmlSetStructuredErrorFunc(compiler, keep_first_error);
        document = xmlCtxtReadFile(context, path, "UTF-8", XML_PARSE_NONET);
        xmlSetStructuredErrorFunc(NULL, NULL);
        xmlFreeParserCtxt(context);
    }
    if (document && document->intSubset && document->intSubset->children) {
        fail(compiler, NULL, "entities are not declared in a template");
        xmlFreeDoc(document);
        document = NULL;
    }
    if (!document && !*compiler->error)
        fail(compiler, NULL, "it cannot be read");
    return document;
}

static xmlNode *child(xmlNode *node, const char *name)
{
    for (node = node ? node->children : NULL; node; node = node->next) {
        if (node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, name) == 0)
            return node;
    }
    return NULL;
}

/* The children of the other file's body stand here. */
static apr_status_t include(compiler_t *compiler, xmlNode *node, const char *name)
{
    const char *file = compiler->file;
    xmlDoc *document;
    apr_status_t status;
    if (compiler->depth == INCLUDES_MAX)
        return fail(compiler, node, "templates include each other without end");
    document = parse(compiler, name);
    if (!document)
        return APR_EGENERAL;
    compiler->depth++;
    node = child(xmlDocGetRootElement(document), "body");
    status = node ? write_nodes(compiler, node->children)
                  : fail(compiler, xmlDocGetRootElement(document), "an included file has a body");
    compiler->depth--;
    compiler->file = file;
    xmlFreeDoc(document);
    return status;
}

static void begin(compiler_t *compiler, bool is_plain)
{
    compiler->steps = apr_array_make(compiler->pool, 64, sizeof(msa_step_t));
    compiler->is_plain = is_plain;
}

static msa_steps_t finish(const compiler_t *compiler)
{
    return (msa_steps_t){(const msa_step_t *)compiler->steps->elts, compiler->steps->nelts};
}

static xmlNode *own_text(xmlNode *body)
{
    for (xmlNode *node = body ? body->children : NULL; node; node = node->next) {
        if (node->type == XML_ELEMENT_NODE && is_ours(node->ns) &&
            strcmp((const char *)node->name, "text") == 0)
            return node;
    }
    return NULL;
}

static apr_status_t compile_mail(compiler_t *compiler, xmlNode *root, msa_template_t *made)
{
    xmlNode *title = child(child(root, "head"), "title");
    xmlNode *text = own_text(child(root, "body"));
    apr_status_t status;
    if (!title || !text)
        return fail(compiler, root, "a mail has a <title>, its subject, and an <s:text>");
    begin(compiler, true);
    status = write_content(compiler, title);
    made->subject = finish(compiler);
    begin(compiler, true);
    if (status == APR_SUCCESS)
        status = write_nodes(compiler, text->children);
    made->text = finish(compiler);
    return status;
}

apr_status_t msa_template_compile(apr_pool_t *pool, const msa_template_places_t *places,
                                  const char *name, bool is_mail, msa_template_t *made,
                                  const char **error)
{
    compiler_t compiler = {.pool = pool, .places = places, .error = error};
    xmlDoc *document;
    xmlNode *root;
    apr_status_t status = APR_SUCCESS;
    *error = NULL;
    document = parse(&compiler, name);
    if (!document)
        return APR_EGENERAL;
    root = xmlDocGetRootElement(document);
    if (is_mail)
        status = compile_mail(&compiler, root, made);
    if (status == APR_SUCCESS) {
        begin(&compiler, false);
        add_literal(&compiler, "<!DOCTYPE html>\n");
        status = write_element(&compiler, root);
        made->html = finish(&compiler);
    }
    xmlFreeDoc(document);
    return status;
}
