/* SPDX-License-Identifier: Apache-2.0 */
/* Tells the owner by mail that somebody keeps guessing the password of their account. */

#include "lock.h"
#include "mail.h"
#include "policy.h"

#include "../base/text_time.h"

/* The mail says nothing of who guessed. */
static msa_values_t *make_values(msa_context_t *ctx, const msa_user_t *user)
{
    const msa_settings_t *settings = ctx->settings;
    msa_values_t *values = msa_values_make(ctx->pool);
    msa_values_set(values, "time", msa_text_datetime(ctx->pool, ctx->now));
    msa_values_set(values, "within", msa_text_duration_words(ctx->pool, settings->throttle_window));
    msa_values_set(values, "username", user ? user->username : NULL);
    if (settings->is_recoverable)
        msa_values_set(values, "reset_link", msa_mail_link(ctx, settings->reset_url, NULL));
    return values;
}

msa_outcome_t msa_lock_tell(msa_context_t *ctx, const msa_user_t *user, const char *name)
{
    msa_values_t *values = make_values(ctx, user);
    if (!user || msa_policy_signin(ctx, user) != MSA_OK)
        return msa_mail_decoy(ctx, "account_locked", name, values);
    return msa_mail_queue_hidden(ctx, "account_locked", user->email, values);
}
