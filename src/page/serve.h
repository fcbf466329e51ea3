/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_PAGE_SERVE_H
#define MSA_PAGE_SERVE_H

/* The pages: one function per method, named in the rows of ROUTES[]. */

#include "conversation.h"

void serve_login_form(msa_page_t *page);
void serve_login(msa_page_t *page);
void serve_logout_form(msa_page_t *page);
void serve_logout(msa_page_t *page);
void serve_verify_form(msa_page_t *page);
void serve_verify(msa_page_t *page);
void serve_style(msa_page_t *page);
void serve_register_form(msa_page_t *page);
void serve_register(msa_page_t *page);
void serve_confirm_form(msa_page_t *page);
void serve_confirm(msa_page_t *page);
void serve_confirm_link_form(msa_page_t *page);
void serve_confirm_link(msa_page_t *page);
void serve_reset_form(msa_page_t *page);
void serve_reset(msa_page_t *page);
void serve_reset_link_form(msa_page_t *page);
void serve_reset_link(msa_page_t *page);
void serve_change_form(msa_page_t *page);
void serve_change(msa_page_t *page);
void serve_change_username_form(msa_page_t *page);
void serve_change_username(msa_page_t *page);
void serve_change_email_form(msa_page_t *page);
void serve_change_email(msa_page_t *page);
void serve_change_email_link_form(msa_page_t *page);
void serve_change_email_link(msa_page_t *page);
void serve_account_form(msa_page_t *page);
void serve_account(msa_page_t *page);
void serve_tokens_form(msa_page_t *page);
void serve_tokens(msa_page_t *page);

#endif
