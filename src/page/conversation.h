/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_PAGE_CONVERSATION_H
#define MSA_PAGE_CONVERSATION_H

/* One request on its way to one reply, as all files of this room pass it on. */

#include "page.h"

/*
 * What the files of this room share: one request on its way to one reply. A page function reads
 * `fields`, calls the rules in src/account and src/identity, and ends with exactly one of the
 * answer functions (reply.h).
 */
typedef struct msa_page_t {
    msa_context_t *ctx;
    const msa_request_t *request;
    const msa_route_t *route;
    const msa_identity_t *identity; /* who is signed in now; follows a sign-in on this page */
    const char *link;          /* what follows the endpoint's path, `/reset/LINK`; NULL = nothing */
    const apr_table_t *fields; /* of the body, form or JSON; never NULL */
    const apr_table_t *others; /* of a JSON body: what is not a string, as text; never NULL */
    const apr_table_t *query;  /* never NULL */
    bool is_json;              /* the face of the answer */
    bool only_looks;           /* HEAD, or a browser that fetches ahead: uses no link up */
    apr_array_header_t *faults; /* of msa_fault_t, in the order in which they were found */
    msa_values_t *values;       /* what templates are filled with */
    json_t *extras;             /* further members of the JSON `response` */
    msa_reply_t *reply;
} msa_page_t;

#endif
