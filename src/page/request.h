/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_PAGE_REQUEST_H
#define MSA_PAGE_REQUEST_H

/* What a visitor sent, as the page that answers reads it. */

#include "conversation.h"

/** Reads query and body into the page. MSA_OK; MSA_BAD_REQUEST, MSA_UNSUPPORTED_MEDIA_TYPE. */
msa_outcome_t msa_page_read(msa_page_t *page);
/** A field of the form or JSON body; NULL when absent. A JSON value that is not a string gives NULL
 * and notes the fault MSA_API_ERROR on the field. */
const char *msa_page_field(const msa_page_t *page, const char *name);
/** A checkbox: false when absent, "" or "false", and for false and 0 of JSON. */
bool msa_page_flag(const msa_page_t *page, const char *name);
/** A number above 0, of a form or of JSON; 0 when there is none. */
apr_int64_t msa_page_number(const msa_page_t *page, const char *name);
/** Notes a fault on field `repeated` when it does not repeat the password in field `name`
 * (MSA_RETYPE_PASSWORD_MISMATCH), or when both are empty (MSA_PASSWORD_NOT_PROVIDED). */
void msa_page_check_repeated(const msa_page_t *page, const char *name, const char *repeated);
/** A header of the request; NULL when absent. */
const char *msa_page_header(const msa_page_t *page, const char *name);
/** A query parameter; NULL when absent. */
const char *msa_page_query(const msa_page_t *page, const char *name);
/** The value of a cookie of ours (with the prefix that this connection asks for); NULL = none. */
const char *msa_page_cookie(const msa_page_t *page, msa_cookie_t cookie);
/** The same of those cookies of this name that hold a secret, after `skipped` others: another path
 * or host may have set one that comes first. NULL when there are no more; only the first 4 are
 * looked at. */
const char *msa_page_secret(const msa_page_t *page, msa_cookie_t cookie, int skipped);

#endif
