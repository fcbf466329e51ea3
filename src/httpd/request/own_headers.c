/* SPDX-License-Identifier: Apache-2.0 */
#include "own_headers.h"

#include <apr_lib.h>

static const char *const NAMES[] = {
    "REMOTE_USER",          "X_REMOTE_USER",    "X_SECURITY_USER_ID",     "X_SECURITY_EMAIL",
    "X_SECURITY_USERNAME",  "X_SECURITY_ROLES", "X_SECURITY_PERMISSIONS", "X_SECURITY_METHOD",
    "SECURITY_USER_ID",     "SECURITY_EMAIL",   "SECURITY_USERNAME",      "SECURITY_ROLES",
    "SECURITY_PERMISSIONS", "SECURITY_METHOD",
};

/* Backends read `Remote_User`, `remote.user` and `Remote-User` alike. */
static bool is_same_name(const char *name, apr_size_t length, const char *own)
{
    for (apr_size_t i = 0; i < length; i++) {
        char c = apr_isalnum(name[i]) ? (char)apr_toupper(name[i]) : '_';
        if (c != own[i])
            return false;
    }
    return own[length] == '\0';
}

static bool is_own_name(const char *name, apr_size_t length)
{
    if (length == 0 || !strchr("rRxXsS", name[0]))
        return false;
    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        if (is_same_name(name, length, NAMES[i]))
            return true;
    }
    return false;
}

static int collect_own(void *baton, const char *name, const char *value)
{
    apr_array_header_t *found = baton;
    (void)value;
    if (is_own_name(name, strlen(name)))
        APR_ARRAY_PUSH(found, const char *) = name;
    return 1;
}

void msa_own_headers_remove(request_rec *r)
{
    apr_array_header_t *found = apr_array_make(r->pool, 1, sizeof(const char *));
    apr_table_do(collect_own, found, r->headers_in, NULL);
    for (int i = 0; i < found->nelts; i++)
        apr_table_unset(r->headers_in, APR_ARRAY_IDX(found, i, const char *));
}

/* Whatever a proxy takes for a separator, a name of ours ends where its characters end. */
bool msa_own_headers_are_dropped(request_rec *r)
{
    static const char IN_NAMES[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "0123456789-_";
    const char *list = apr_table_get(r->headers_in, "Connection");
    while (list && *list) {
        apr_size_t length = strspn(list, IN_NAMES);
        if (is_own_name(list, length)) {
            ap_log_rerror(APLOG_MARK, APLOG_NOTICE, 0, r,
                          "request denied: its Connection header names an identity header");
            return true;
        }
        list += length ? length : 1;
    }
    return false;
}
