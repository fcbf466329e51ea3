/* SPDX-License-Identifier: Apache-2.0 */
/* NAMES[]: request headers that speak for us. Those of a client are removed, in every spelling that
 * a backend would take for them. */

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

static bool begins(const char *name, const char *letters)
{
    while (*letters && (*name | 0x20) == *letters) {
        name++;
        letters++;
    }
    return !*letters;
}

/* Every one of NAMES[] begins in one of these ways. */
static bool could_be_own(const char *name)
{
    switch (*name | 0x20) {
    case 'r':
        return begins(name, "rem");
    case 's':
        return begins(name, "secu");
    case 'x':
        return name[1] && (begins(name + 2, "rem") || begins(name + 2, "secu"));
    default:
        return false;
    }
}

static bool is_own_name(const char *name, apr_size_t length)
{
    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        if (is_same_name(name, length, NAMES[i]))
            return true;
    }
    return false;
}

void msa_own_headers_remove(request_rec *r)
{
    const apr_array_header_t *headers = apr_table_elts(r->headers_in);
    apr_array_header_t *found = NULL;
    for (int i = 0; i < headers->nelts; i++) {
        const char *name = APR_ARRAY_IDX(headers, i, apr_table_entry_t).key;
        if (!could_be_own(name) || !is_own_name(name, strlen(name)))
            continue;
        if (!found)
            found = apr_array_make(r->pool, 1, sizeof(const char *));
        APR_ARRAY_PUSH(found, const char *) = name;
    }
    for (int i = 0; found && i < found->nelts; i++)
        apr_table_unset(r->headers_in, APR_ARRAY_IDX(found, i, const char *));
}

/* Whatever a proxy takes for a separator, a name ends where characters of names end. */
bool msa_own_headers_are_dropped(request_rec *r)
{
    static const char IN_NAMES[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "0123456789-_";
    const char *list = apr_table_get(r->headers_in, "Connection");
    while (list && *list) {
        apr_size_t length = strspn(list, IN_NAMES);
        if (could_be_own(list) && is_own_name(list, length)) {
            ap_log_rerror(APLOG_MARK, APLOG_NOTICE, 0, r,
                          "request denied: its Connection header names an identity header");
            return true;
        }
        list += length ? length : 1;
    }
    return false;
}
