/* SPDX-License-Identifier: Apache-2.0 */
#include "conversation.h"

/* A link that is only looked at must not sign anybody out; the button does. */
void serve_logout_form(msa_page_t *page)
{
    msa_answer_form(page, "logout");
}

void serve_logout(msa_page_t *page)
{
    const msa_settings_t *settings = page->ctx->settings;
    const char *remember = msa_page_cookie(page, settings->remember_cookie_name);
    const char *next = msa_page_next(page);
    if (msa_signin_end(page->ctx, page->identity, remember) != MSA_OK) {
        msa_answer_outcome(page, MSA_BROKEN);
        return;
    }
    msa_cookie_signout(page->ctx, page->reply->headers);
    page->identity = NULL;
    msa_answer_empty(page, msa_page_target(next, page->ctx->directory->post_logout_view, NULL),
                     MSA_OK);
}
