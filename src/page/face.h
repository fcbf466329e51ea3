/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_PAGE_FACE_H
#define MSA_PAGE_FACE_H

/* The two faces of an answer, HTML and JSON. */

#include "conversation.h"

/** Fills the values that every template knows: site_name, URLs, csrf_token where it is checked,
 * flashes, signed_in_email, password_length_min. */
void msa_face_values(msa_page_t *page);
/** Renders page `name` into the reply; 503 when there is no such template (logged). */
void msa_face_html(msa_page_t *page, const char *name, int status);
/** Puts {"meta":{"code":status},"response":response} into the reply; takes ownership of `response`.
 * 503 when it cannot be written. */
void msa_face_json(msa_page_t *page, int status, json_t *response);
/** A reply (200, no body) with the headers that all our answers carry; from `pool`. */
msa_reply_t *msa_face_reply(apr_pool_t *pool);
/** Shows a message on this page (HTML). */
void msa_face_notice(msa_page_t *page, msa_outcome_t outcome);
/** True when an earlier answer left a message that has not been shown yet. */
bool msa_face_has_flash(const msa_page_t *page);
/** Shows a message on the next page: sets the flash cookie. */
void msa_face_flash(msa_page_t *page, msa_outcome_t outcome);

#endif
