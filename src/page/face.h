/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_PAGE_FACE_H
#define MSA_PAGE_FACE_H

/* The two faces of an answer, shared with msa_page_refuse. */

#include "conversation.h"

/** Fills the values every template knows: site_name, URLs, csrf_token, flashes, signed_in_email. */
void msa_face_values(msa_page_t *page);
/** Renders page `name` into the reply. */
void msa_face_html(msa_page_t *page, const char *name, int status);
/** Puts {"meta":{"code":status},"response":response} into the reply; takes over `response`. */
void msa_face_json(msa_page_t *page, int status, json_t *response);
/** A reply with the headers every answer of ours carries. */
msa_reply_t *msa_face_reply(apr_pool_t *pool);
/** Shows a message on this page (HTML). */
void msa_face_notice(msa_page_t *page, msa_outcome_t outcome);
/** True when an earlier answer left a message that was not shown yet. */
bool msa_face_has_flash(const msa_page_t *page);
/** Shows a message on the next page: sets the flash cookie. */
void msa_face_flash(msa_page_t *page, msa_outcome_t outcome);

#endif
