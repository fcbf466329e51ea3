/* SPDX-License-Identifier: Apache-2.0 */
/* Compiles a template, an XML document, into a flat list of steps, and refuses whatever could let a
 * value become code. */

#include "template_list.h"

#include "text.h"

#include <string.h>
#include <strings.h>

#include <apr_strings.h>
#include <libxml/tree.h>

#define NAMESPACE          "urn:mod_security_auth:template"
#define INCLUDES_DEPTH_MAX 8
#define INCLUDES_MAX       64

/** A file that is being compiled. */
typedef struct compiler_t {
    apr_pool_t *pool;
    const msa_template_places_t *places;
    apr_array_header_t *steps;   /* of msa_step_t */
    apr_array_header_t *literal; /* of char: collected for the next literal step */
    const char *file;
    int depth;      /* of includes */
    int includes;   /* so far */
    int rows_depth; /* of s:each */
    bool is_mail, is_plain;
    const char **error;
} compiler_t;

/** A binding of an element: an attribute and the value it takes. */
typedef struct binding_t {
    const char *attribute, *value;
} binding_t;

static const char *const VOID_ELEMENTS[] = {"area",   "base",  "br",    "col",  "embed",
                                            "hr",     "img",   "input", "link", "meta",
                                            "source", "track", "wbr",   NULL};
static const char *const FLAG_ATTRIBUTES[] = {"checked",   "required", "disabled", "selected",
                                              "autofocus", "readonly", "multiple", "novalidate",
                                              "hidden",    "open",     NULL};
static const char *const URL_ATTRIBUTES[] = {"href",   "src",  "action", "formaction", "cite",
                                             "poster", "data", "ping",   "background", NULL};
/* Here a browser takes a value for code, for a document, or for more than one URL. */
static const char *const UNBOUND_ATTRIBUTES[] = {"style", "srcdoc", "srcset", "http-equiv", NULL};
static const char *const RAW_ELEMENTS[] = {"script", "style", NULL};
static const char *const DIRECTIVES[] = {"text", "if",   "unless",  "each",
                                         "attr", "flag", "include", NULL};
/* The namespaces whose elements may contain values. */
static const char *const MARKUP[] = {"http://www.w3.org/1999/xhtml", "http://www.w3.org/2000/svg",
                                     "http://www.w3.org/1998/Math/MathML", NULL};

static bool is_one_of(const char *const *names, const char *name)
{
    for (; *names; names++) {
        if (strcasecmp(*names, name) == 0)
            return true;
    }
    return false;
}

/* The first cause is kept. */
static apr_status_t fail(compiler_t *compiler, const xmlNode *node, const char *cause)
{
    if (!*compiler->error)
        *compiler->error = apr_psprintf(compiler->pool, "%s:%ld: %s", compiler->file,
                                        xmlGetLineNo((xmlNode *)node), cause);
    return APR_EGENERAL;
}

/* ---- steps ---- */

static void push_step(compiler_t *compiler, int kind, const char *text, apr_size_t length)
{
    msa_step_t *step = apr_array_push(compiler->steps);
    memset(step, 0, sizeof(*step));
    step->kind = kind;
    step->text = text;
    step->length = length;
}

static void add_bytes(compiler_t *compiler, const char *text, apr_size_t length)
{
    for (apr_size_t i = 0; i < length; i++)
        APR_ARRAY_PUSH(compiler->literal, char) = text[i];
}

static void add_literal(compiler_t *compiler, const char *text)
{
    add_bytes(compiler, text, strlen(text));
}

static void add_escaped(compiler_t *compiler, const char *text)
{
    for (;; text++) {
        apr_size_t plain = strcspn(text, "&<>\"");
        add_bytes(compiler, text, plain);
        text += plain;
        if (!*text)
            return;
        add_literal(compiler, *text == '&'   ? "&amp;"
                              : *text == '<' ? "&lt;"
                              : *text == '>' ? "&gt;"
                                             : "&quot;");
    }
}

/* What was collected so far becomes one step; no jump may lead into the middle of it. */
static void end_literal(compiler_t *compiler)
{
    apr_array_header_t *literal = compiler->literal;
    if (literal->nelts)
        push_step(compiler, MSA_STEP_LITERAL,
                  apr_pstrmemdup(compiler->pool, literal->elts, (apr_size_t)literal->nelts),
                  (apr_size_t)literal->nelts);
    apr_array_clear(literal);
}

static int add_step(compiler_t *compiler, int kind, const char *name)
{
    end_literal(compiler);
    push_step(compiler, kind, apr_pstrdup(compiler->pool, name), strlen(name));
    return compiler->steps->nelts - 1;
}

static void close_step(compiler_t *compiler, int at)
{
    end_literal(compiler);
    APR_ARRAY_IDX(compiler->steps, at, msa_step_t).end = compiler->steps->nelts;
}

static void begin(compiler_t *compiler, bool is_plain)
{
    compiler->steps = apr_array_make(compiler->pool, 64, sizeof(msa_step_t));
    compiler->literal = apr_array_make(compiler->pool, 4096, sizeof(char));
    compiler->is_plain = is_plain;
}

static msa_steps_t finish(compiler_t *compiler)
{
    end_literal(compiler);
    return (msa_steps_t){(const msa_step_t *)compiler->steps->elts, compiler->steps->nelts};
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

/* The names of values and attributes are XML names. */
static bool is_template_name(const char *name)
{
    return *name && xmlValidateNCName(BAD_CAST name, 0) == 0;
}

/* `href=name; value=other` as an array of binding_t; NULL when it is malformed. */
static apr_array_header_t *split_bindings(compiler_t *compiler, const char *text)
{
    apr_array_header_t *bindings = apr_array_make(compiler->pool, 4, sizeof(binding_t));
    apr_array_header_t *pairs = msa_text_words(compiler->pool, text ? text : "", ";");
    for (int i = 0; i < pairs->nelts; i++) {
        apr_array_header_t *pair =
            msa_text_words(compiler->pool, APR_ARRAY_IDX(pairs, i, const char *), "=");
        binding_t *binding = apr_array_push(bindings);
        if (pair->nelts != 2)
            return NULL;
        binding->attribute = APR_ARRAY_IDX(pair, 0, const char *);
        binding->value = APR_ARRAY_IDX(pair, 1, const char *);
        if (!is_template_name(binding->attribute) || !is_template_name(binding->value))
            return NULL;
    }
    return bindings;
}

static bool is_bound(const apr_array_header_t *bindings, const char *name)
{
    for (int i = 0; i < bindings->nelts; i++) {
        if (strcasecmp(APR_ARRAY_IDX(bindings, i, binding_t).attribute, name) == 0)
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

static void compile_flag(compiler_t *compiler, const binding_t *binding)
{
    int at = add_step(compiler, MSA_STEP_IF, binding->value);
    add_literal(compiler, apr_pstrcat(compiler->pool, " ", binding->attribute, NULL));
    close_step(compiler, at);
}

/* With a misspelt namespace, conditions would silently be left out. */
static apr_status_t check_directives(compiler_t *compiler, const xmlNode *node)
{
    apr_pool_t *pool = compiler->pool;
    if (node->ns && !is_ours(node->ns) && !is_one_of(MARKUP, (const char *)node->ns->href))
        return fail(compiler, node, apr_psprintf(pool, "unknown namespace %s", node->ns->href));
    for (const xmlAttr *attribute = node->properties; attribute; attribute = attribute->next) {
        const char *name = (const char *)attribute->name;
        if (attribute->ns && !is_ours(attribute->ns) &&
            !xmlStrEqual(attribute->ns->href, XML_XML_NAMESPACE))
            return fail(compiler, node,
                        apr_psprintf(pool, "unknown namespace %s", attribute->ns->href));
        if (is_ours(attribute->ns) && !is_one_of(DIRECTIVES, name))
            return fail(compiler, node, apr_psprintf(pool, "unknown attribute s:%s", name));
    }
    return APR_SUCCESS;
}

static apr_status_t check_bindings(compiler_t *compiler, const xmlNode *node,
                                   const apr_array_header_t *bindings)
{
    bool is_raw = is_one_of(RAW_ELEMENTS, (const char *)node->name);
    bool is_order = xmlHasProp((xmlNode *)node, BAD_CAST "http-equiv");
    for (int i = 0; i < bindings->nelts; i++) {
        const char *name = APR_ARRAY_IDX(bindings, i, binding_t).attribute;
        if (is_raw || strncasecmp(name, "on", 2) == 0 || is_one_of(UNBOUND_ATTRIBUTES, name) ||
            (is_order && strcasecmp(name, "content") == 0))
            return fail(compiler, node, "a value cannot be bound where a browser would run it");
    }
    return APR_SUCCESS;
}

static apr_status_t write_attributes(compiler_t *compiler, xmlNode *node)
{
    apr_array_header_t *bound = split_bindings(compiler, directive(compiler, node, "attr"));
    apr_array_header_t *flags = split_bindings(compiler, directive(compiler, node, "flag"));
    if (!bound || !flags)
        return fail(compiler, node, "bindings are written attribute=name; attribute=name");
    if (check_bindings(compiler, node, bound) != APR_SUCCESS ||
        check_bindings(compiler, node, flags) != APR_SUCCESS)
        return APR_EGENERAL;
    for (const xmlAttr *attribute = node->properties; attribute; attribute = attribute->next) {
        const char *name = (const char *)attribute->name;
        if (!attribute->ns && !is_bound(bound, name) && !is_bound(flags, name))
            write_constant(compiler, attribute);
    }
    for (int i = 0; i < bound->nelts; i++)
        write_bound(compiler, &APR_ARRAY_IDX(bound, i, binding_t));
    for (int i = 0; i < flags->nelts; i++)
        compile_flag(compiler, &APR_ARRAY_IDX(flags, i, binding_t));
    return APR_SUCCESS;
}

/* ---- elements ---- */

static apr_status_t write_nodes(compiler_t *compiler, xmlNode *node);
static apr_status_t include(compiler_t *compiler, xmlNode *node, const char *name);

static apr_status_t write_raw(compiler_t *compiler, const xmlNode *node)
{
    xmlChar *text = xmlNodeGetContent(node);
    apr_status_t status = APR_SUCCESS;
    if (xmlChildElementCount((xmlNode *)node))
        status = fail(compiler, node, "script and style cannot contain elements");
    else if (text && strstr((const char *)text, "</"))
        status = fail(compiler, node, "script and style cannot contain </");
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
        return fail(compiler, node, "script and style cannot contain values");
    if (included)
        return include(compiler, node, included);
    if (text && !is_template_name(text))
        return fail(compiler, node, "s:text takes the name of one value");
    if (text) {
        add_step(compiler, compiler->is_plain ? MSA_STEP_PLAIN : MSA_STEP_TEXT, text);
        return APR_SUCCESS;
    }
    return is_raw ? write_raw(compiler, node) : write_nodes(compiler, node->children);
}

static bool is_empty(compiler_t *compiler, xmlNode *node)
{
    return !node->children && !directive(compiler, node, "text") &&
           !directive(compiler, node, "include");
}

static apr_status_t write_tag(compiler_t *compiler, xmlNode *node)
{
    const char *name = (const char *)node->name;
    bool is_void = is_one_of(VOID_ELEMENTS, name);
    apr_status_t status;
    if (is_void && !is_empty(compiler, node))
        return fail(compiler, node, apr_psprintf(compiler->pool, "<%s> cannot have content", name));
    if (compiler->is_plain)
        return write_content(compiler, node);
    add_literal(compiler, apr_pstrcat(compiler->pool, "<", name, NULL));
    status = write_attributes(compiler, node);
    add_literal(compiler, ">");
    if (status != APR_SUCCESS || is_void)
        return status;
    status = write_content(compiler, node);
    add_literal(compiler, apr_pstrcat(compiler->pool, "</", name, ">", NULL));
    return status;
}

static apr_status_t compile_value(compiler_t *compiler, xmlNode *node)
{
    xmlChar *name = xmlGetNoNsProp(node, BAD_CAST "of");
    const char *element = (const char *)node->name;
    apr_status_t status = APR_SUCCESS;
    if (strcmp(element, "value") == 0 && name && is_template_name((const char *)name))
        add_step(compiler, compiler->is_plain ? MSA_STEP_PLAIN : MSA_STEP_TEXT, (const char *)name);
    else if (strcmp(element, "block") == 0)
        status = write_content(compiler, node);
    else if (strcmp(element, "text") != 0 || !compiler->is_mail)
        status =
            fail(compiler, node, "use <s:value of=\"name\"/>, <s:block> or, in mails, <s:text>");
    xmlFree(name);
    return status;
}

/* The wrappers of the element, outermost first: each, if, unless. */
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
        if (!name)
            continue;
        if (!is_template_name(name))
            return fail(compiler, node, "s:if, s:unless and s:each take the name of one value");
        opened[i] = add_step(compiler, WRAPPERS[i].kind, name);
    }
    if (opened[0] >= 0 && ++compiler->rows_depth > MSA_TEMPLATE_ROWS_DEPTH)
        return fail(compiler, node, "s:each is nested too deeply");
    status = is_ours(node->ns) ? compile_value(compiler, node) : write_tag(compiler, node);
    for (int i = 2; i >= 0; i--) {
        if (opened[i] >= 0)
            close_step(compiler, opened[i]);
    }
    compiler->rows_depth -= opened[0] >= 0;
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
                          "a template holds only elements, text and comments; write characters as "
                          "&#160; instead of by name");
    }
    return status;
}

/* ---- files ---- */

static xmlNode *child(xmlNode *node, const char *name)
{
    for (node = node ? node->children : NULL; node; node = node->next) {
        if (node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, name) == 0)
            return node;
    }
    return NULL;
}

/* The children of the other file's body take this place. */
static apr_status_t include(compiler_t *compiler, xmlNode *node, const char *name)
{
    const char *file = compiler->file;
    const char *path = msa_template_find(compiler->pool, compiler->places, name);
    xmlDoc *document;
    apr_status_t status;
    if (!path)
        return fail(compiler, node, apr_psprintf(compiler->pool, "%s does not exist", name));
    if (compiler->depth == INCLUDES_DEPTH_MAX || compiler->includes++ == INCLUDES_MAX)
        return fail(compiler, node, "templates include each other endlessly");
    document = msa_template_read(compiler->pool, path, compiler->error);
    if (!document)
        return APR_EGENERAL;
    compiler->file = path;
    compiler->depth++;
    node = child(xmlDocGetRootElement(document), "body");
    status = node ? write_nodes(compiler, node->children)
                  : fail(compiler, xmlDocGetRootElement(document),
                         "an included file must have a <body>");
    compiler->depth--;
    compiler->file = file;
    xmlFreeDoc(document);
    return status;
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
        return fail(compiler, root, "a mail must have a <title>, its subject, and an <s:text>");
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
    compiler_t compiler = {.pool = pool, .places = places, .is_mail = is_mail, .error = error};
    xmlDoc *document;
    xmlNode *root;
    apr_status_t status = APR_SUCCESS;
    compiler.file = msa_template_find(pool, places, name);
    if (!compiler.file) {
        *error = apr_psprintf(pool, "%s: there is no such template", name);
        return APR_ENOENT;
    }
    document = msa_template_read(pool, compiler.file, error);
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
