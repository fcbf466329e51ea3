/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_PAGE_REQUEST_H
#define MSA_PAGE_REQUEST_H

/* What a visitor sent, read by the page that answers. */

#include "conversation.h"

/** Reads query and body into the page. MSA_OK, or why it cannot be read (each a 4xx). */
msa_outcome_t msa_page_read(msa_page_t *page);
/** A field of the form or JSON body; NULL when absent. No string in JSON: MSA_API_ERROR on it. */
const char *msa_page_field(const msa_page_t *page, const char *name);
/** A checkbox: false for absent, "", "false", and false and 0 of JSON. */
bool msa_page_flag(const msa_page_t *page, const char *name);
/** A number above 0, of a form or of JSON; 0 when there is none. */
apr_int64_t msa_page_number(const msa_page_t *page, const char *name);
/** Notes on field `repeated` when it does not repeat the password of field `name`. */
void msa_page_check_repeated(const msa_page_t *page, const char *name, const char *repeated);
/** A query parameter; NULL when absent. */
const char *msa_page_query(const msa_page_t *page, const char *name);
/** What a cookie of ours (prefixed as this connection asks for) says, or NULL. */
const char *msa_page_cookie(const msa_page_t *page, msa_cookie_t cookie);
/** The same, of those that hold a secret, behind `skipped` of them: another path or host may have
 * set one that comes first. NULL when there is none, or none that is still looked at. */
const char *msa_page_secret(const msa_page_t *page, msa_cookie_t cookie, int skipped);

#endif
