/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a link from a mail acts at once or shows a button first, and what becomes of somebody
 * else's sign-in. */

#include "link.h"

#include "../identity/remember.h"

#include <string.h>

#include "cookie.h"

/* Somebody opens the link in a window of their own; it is not a page that shows it as an image, in
 * a frame or by a script. Browsers say so (Fetch Metadata, W3C); programs and older browsers say
 * nothing. */
static bool is_opened(const msa_page_t *page)
{
    const apr_table_t *headers = page->request->headers;
    const char *mode = apr_table_get(headers, "Sec-Fetch-Mode");
    const char *destination = apr_table_get(headers, "Sec-Fetch-Dest");
    if (!mode && !destination)
        return apr_table_get(headers, "Sec-Fetch-Site") == NULL;
    return mode && strcmp(mode, "navigate") == 0 &&
           (!destination || strcmp(destination, "document") == 0);
}

static bool is_another(const msa_page_t *page, const msa_user_t *user)
{
    return page->identity && page->identity->user_id != user->id;
}

bool msa_link_acts(const msa_page_t *page, const msa_user_t *user)
{
    if (page->only_looks || page->faults->nelts || page->ctx->settings->link_confirmation_button)
        return false;
    return is_opened(page) && !is_another(page, user);
}

msa_outcome_t msa_link_leave(msa_page_t *page, const msa_user_t *user)
{
    msa_outcome_t outcome = MSA_OK;
    if (!is_another(page, user))
        return MSA_OK;
    if (page->identity->purpose == MSA_PURPOSE_SESSION)
        outcome = msa_signin_end(page->ctx, page->identity, NULL);
    if (outcome != MSA_OK)
        return outcome;
    msa_cookie_clear(page->ctx, page->reply->headers, MSA_COOKIE_REMEMBER);
    page->identity = NULL;
    return MSA_OK;
}

void msa_link_fill(const msa_page_t *page, const msa_user_t *user)
{
    msa_values_set(page->values, "action_url", page->request->path);
    msa_values_set(page->values, "email", user ? user->email : NULL);
    msa_values_set(page->values, "other_account", user && is_another(page, user) ? "true" : NULL);
}
