/* SPDX-License-Identifier: Apache-2.0 */
/* The page that asks for another email address, and the two links that follow from it: the change
 * and the way back. */

#include "serve.h"

#include "../account/change_email.h"
#include "../account/undo.h"
#include "../base/text_email.h"

#include <string.h>

#include "fault.h"
#include "link.h"
#include "next.h"
#include "reply.h"
#include "request.h"

void serve_change_email_form(msa_page_t *page)
{
    json_object_set_new(page->extras, "current_email", json_string(page->identity->email));
    msa_answer_user(page, page->identity->user_id, NULL);
    msa_answer_form(page, "change-email");
}

void serve_change_email(msa_page_t *page)
{
    const char *email = msa_page_field(page, "email");
    msa_outcome_t outcome = MSA_EMAIL_NOT_PROVIDED;
    if (email && *email)
        outcome = msa_change_email_request(page->ctx, page->identity, email);
    /* Whose address it is stays unsaid; the owner is told by mail. */
    if (page->ctx->settings->generic_responses &&
        (outcome == MSA_EMAIL_ALREADY_ASSOCIATED || outcome == MSA_THROTTLED))
        outcome = MSA_OK;
    if (outcome == MSA_BROKEN) {
        msa_answer_outcome(page, outcome);
    } else if (outcome != MSA_OK) {
        msa_page_fault_plain(page, msa_page_is_trouble(outcome) ? "" : "email", outcome);
        msa_answer_form(page, "change-email");
    } else {
        json_object_set_new(page->extras, "current_email", json_string(page->identity->email));
        msa_answer_user(page, page->identity->user_id, NULL);
        msa_answer_done(page, msa_page_path(page, page->ctx->settings->account_url),
                        MSA_CHANGE_EMAIL_SENT);
    }
}

static void refuse_change_of_email(msa_page_t *page, msa_outcome_t outcome)
{
    const char *target;
    if (outcome == MSA_API_ERROR)
        outcome = MSA_INVALID_CONFIRMATION_TOKEN;
    target = msa_page_link_target(page, page->ctx->directory->change_email_error_view,
                                  msa_page_path(page, page->ctx->settings->change_email_url),
                                  "error", outcome, NULL);
    if (outcome == MSA_BROKEN)
        msa_answer_outcome(page, outcome);
    else
        msa_answer_redirect(page, target, outcome);
}

/** What a link does; both kinds look alike, and only the ticket knows. */
typedef struct aim_t {
    bool is_undo;
    msa_user_t *user;
    const char *email; /* the address that the account would get */
} aim_t;

static msa_outcome_t inspect(msa_page_t *page, aim_t *aim)
{
    msa_outcome_t outcome =
        msa_change_email_inspect(page->ctx, page->link, &aim->user, &aim->email);
    aim->is_undo = false;
    if (outcome == MSA_OK || outcome == MSA_BROKEN || outcome == MSA_CHANGE_EMAIL_EXPIRED)
        return outcome;
    aim->is_undo = true;
    return msa_undo_inspect(page->ctx, page->link, &aim->user, &aim->email);
}

void serve_change_email_link(msa_page_t *page)
{
    const msa_directory_settings_t *directory = page->ctx->directory;
    const msa_settings_t *settings = page->ctx->settings;
    const char *next = settings->login_url;
    msa_user_t *user = NULL;
    aim_t aim = {0};
    msa_outcome_t done;
    msa_outcome_t outcome = inspect(page, &aim);
    if (outcome == MSA_OK)
        outcome = aim.is_undo ? msa_undo(page->ctx, page->link, &user)
                              : msa_change_email(page->ctx, page->link, &user);
    if (outcome != MSA_OK) {
        refuse_change_of_email(page, outcome);
        return;
    }
    done = aim.is_undo ? MSA_CHANGE_EMAIL_UNDONE : MSA_CHANGE_EMAIL_CONFIRMED;
    /* Anyone who needed the way back needs a new password too. */
    if (aim.is_undo && settings->is_recoverable)
        next = settings->reset_url;
    msa_answer_redirect(page,
                        msa_page_link_target(page, directory->post_change_email_view,
                                             msa_page_path(page, next), "success", done, user),
                        done);
}

/* The reader of the new address may not be the one who asked for it: without a session of the
 * account they would be given an account that somebody else made, by a program that opens the links
 * in mail. */
static bool changes(const msa_page_t *page, const aim_t *aim)
{
    return !aim->is_undo && page->identity && page->identity->purpose != MSA_PURPOSE_PERSONAL &&
           msa_link_acts(page, aim->user);
}

/* Undoing ends sessions, so looking at a link never does it. */
void serve_change_email_link_form(msa_page_t *page)
{
    aim_t aim = {0};
    msa_outcome_t outcome = inspect(page, &aim);
    if (outcome != MSA_OK) {
        refuse_change_of_email(page, outcome);
        return;
    }
    if (changes(page, &aim)) {
        serve_change_email_link(page);
        return;
    }
    msa_link_fill(page, aim.user);
    msa_values_set(page->values, "email", aim.email);
    msa_values_set(page->values, "old_email",
                   msa_text_email_mask(page->ctx->pool, aim.user->email));
    msa_answer_form(page, aim.is_undo ? "change-email-undo-button" : "link-button");
}
