/* SPDX-License-Identifier: Apache-2.0 */
/* Makes an account for a visitor. A taken address or name costs the same work as a free one, and
 * its owner is told, not the visitor. */

#include "register.h"
#include "life.h"
#include "registration.h"

#include "../base/require.h"
#include "../base/text.h"
#include "../base/text_email.h"
#include "../identity/audit.h"
#include "../identity/former.h"
#include "../identity/mail.h"
#include "../identity/policy.h"
#include "../identity/signin.h"
#include "../identity/throttle.h"
#include "../identity/ticket.h"
#include "../identity/unit.h"

#include <string.h>

#include <apr_strings.h>

#define EXTRA_BYTES_MAX 255

static const msa_letter_t LETTER = {"welcome", "confirmation_link", MSA_PURPOSE_CONFIRM, false};

/** Somebody who wants an account, as it would be stored, and who already has the address and
 * name. */
typedef struct applicant_t {
    const msa_registration_t *form;
    const char *email;
    const char *username; /* NULL = none */
    const char *password; /* its hash */
    const char *packed;   /* all of it, for the link */
    msa_user_t *email_owner, *name_owner;
    bool is_flooded; /* enough mail has gone to the address: its owner is told no more */
    bool is_held;    /* kept for its former owner: a thief of the account must not get it too */
} applicant_t;

static void add_fault(apr_array_header_t *faults, const char *field, msa_outcome_t outcome)
{
    msa_fault_t *fault = apr_array_push(faults);
    fault->field = field;
    fault->outcome = outcome;
}

static bool is_given(const char *text)
{
    return !msa_text_is_blank(text);
}

static void check_email(msa_context_t *ctx, applicant_t *applicant, apr_array_header_t *faults)
{
    const char *email = applicant->form->email;
    if (!is_given(email))
        add_fault(faults, "email", MSA_EMAIL_NOT_PROVIDED);
    else if (!msa_text_is_clean(email) ||
             msa_text_email_normalize(ctx->pool, email, &applicant->email) != APR_SUCCESS ||
             !msa_text_email_is_public(applicant->email))
        add_fault(faults, "email", MSA_INVALID_EMAIL_ADDRESS);
}

static void check_username(msa_context_t *ctx, applicant_t *applicant, apr_array_header_t *faults)
{
    const char *username = applicant->form->username;
    msa_outcome_t outcome = MSA_OK;
    if (!ctx->settings->is_username_enabled)
        return;
    if (is_given(username))
        outcome = msa_policy_username(ctx, username, &applicant->username);
    else if (ctx->settings->is_username_required)
        outcome = MSA_FIELD_REQUIRED;
    if (outcome != MSA_OK)
        add_fault(faults, "username", outcome);
}

static void check_extra(msa_context_t *ctx, const msa_registration_t *form,
                        apr_array_header_t *faults)
{
    const apr_array_header_t *fields = ctx->settings->register_fields;
    for (int i = 0; fields && i < fields->nelts; i++) {
        const msa_register_field_t *field = &APR_ARRAY_IDX(fields, i, msa_register_field_t);
        const char *value = msa_registration_value(form->extra, i);
        if (!is_given(value)) {
            if (field->is_required)
                add_fault(faults, field->name, MSA_FIELD_REQUIRED);
        } else if (!msa_text_is_clean(value) || strlen(value) > EXTRA_BYTES_MAX) {
            add_fault(faults, field->name, MSA_API_ERROR);
        }
    }
}

static void check_form(msa_context_t *ctx, applicant_t *applicant, apr_array_header_t *faults)
{
    msa_outcome_t outcome;
    check_email(ctx, applicant, faults);
    check_username(ctx, applicant, faults);
    outcome =
        msa_policy_password(ctx, applicant->form->password, applicant->email, applicant->username);
    if (outcome != MSA_OK)
        add_fault(faults, "password", outcome);
    check_extra(ctx, applicant->form, faults);
}

static msa_outcome_t find_owners(msa_context_t *ctx, applicant_t *applicant)
{
    apr_status_t status = APR_NOTFOUND;
    msa_outcome_t held = MSA_NOT_FOUND;
    applicant->email_owner = applicant->name_owner = NULL;
    if (applicant->email) {
        status = msa_user_by_email(ctx->db, ctx->pool, applicant->email, &applicant->email_owner);
        held = msa_former_held(ctx, applicant->email);
    }
    applicant->is_held = held == MSA_OK;
    if (held == MSA_BROKEN || (status != APR_NOTFOUND && status != APR_SUCCESS))
        return MSA_BROKEN;
    if (!applicant->username)
        return MSA_OK;
    status = msa_user_by_username(ctx->db, ctx->pool, applicant->username, &applicant->name_owner);
    return status == APR_NOTFOUND || status == APR_SUCCESS ? MSA_OK : MSA_BROKEN;
}

static bool is_email_taken(const applicant_t *applicant)
{
    return applicant->email_owner || applicant->is_held;
}

static msa_outcome_t who_is_taken(const applicant_t *applicant)
{
    if (is_email_taken(applicant))
        return MSA_EMAIL_ALREADY_ASSOCIATED;
    return applicant->name_owner ? MSA_USERNAME_ALREADY_ASSOCIATED : MSA_OK;
}

static void add_taken(const applicant_t *applicant, apr_array_header_t *faults)
{
    if (is_email_taken(applicant))
        add_fault(faults, "email", MSA_EMAIL_ALREADY_ASSOCIATED);
    if (applicant->name_owner)
        add_fault(faults, "username", MSA_USERNAME_ALREADY_ASSOCIATED);
}

/* Decoys, as many as the statements for the further columns, for somebody who gets no row. */
static msa_outcome_t write_no_extra(msa_context_t *ctx, const applicant_t *applicant)
{
    const apr_array_header_t *fields = ctx->settings->register_fields;
    msa_outcome_t outcome = MSA_OK;
    for (int i = 0; outcome == MSA_OK && fields && i < fields->nelts; i++) {
        if (is_given(msa_registration_value(applicant->form->extra, i)))
            outcome = msa_life_decoy_statement(ctx);
    }
    return outcome;
}

/* With or without a link and a mail, this takes as long as telling an owner. */
static msa_outcome_t welcome(msa_context_t *ctx, const applicant_t *applicant,
                             const msa_user_t *user)
{
    const msa_settings_t *settings = ctx->settings;
    msa_values_t *values = msa_values_make(ctx->pool);
    const char *url = NULL;
    msa_outcome_t outcome;
    if (settings->is_confirmable) {
        outcome = msa_life_confirm_link(ctx, user, applicant->packed, &url);
        if (outcome == MSA_OK)
            outcome = msa_life_decoy_statement(ctx);
        msa_values_set(values, "confirmation_link", url);
        msa_values_set(values, "within", msa_life_within(ctx, MSA_PURPOSE_CONFIRM));
    } else {
        outcome = msa_life_decoy_row(ctx, user->email);
    }
    msa_values_set(values, "username", user->username);
    if (outcome != MSA_OK)
        return outcome;
    if (!settings->is_confirmable && !settings->send_register_email)
        return msa_mail_decoy(ctx, "welcome", user->email, values);
    return msa_mail_queue(ctx, "welcome", user->email, values);
}

static msa_outcome_t write_user(msa_context_t *ctx, const applicant_t *applicant, msa_user_t *user)
{
    msa_outcome_t outcome;
    apr_status_t status;
    user->email = applicant->email;
    user->username = applicant->username;
    user->password = applicant->password;
    user->is_active = true;
    user->fs_uniquifier = msa_context_random_hex(ctx, 16);
    if (!user->fs_uniquifier)
        return MSA_BROKEN;
    status = msa_user_create(ctx->db, ctx->pool, user, ctx->now);
    if (status == APR_EEXIST)
        return MSA_EMAIL_ALREADY_ASSOCIATED;
    if (status != APR_SUCCESS)
        return MSA_BROKEN;
    /* The decoy for somebody who gets no row looks for a user once more, too. */
    outcome = msa_user_claim(ctx, user);
    if (outcome == MSA_OK)
        outcome = msa_registration_fields(ctx, user->id, applicant->form->extra, false);
    return outcome == MSA_OK ? welcome(ctx, applicant, user) : outcome;
}

/* Nobody has used the account yet, so the owner of the box may still say whose registration it
 * is. */
static bool is_open(const msa_user_t *user)
{
    return !user->confirmed_at && !user->current_login_at && !user->login_count;
}

/* The first decoy row stands for the row of a user. */
static msa_outcome_t tell_applicant(msa_context_t *ctx, const applicant_t *applicant)
{
    msa_values_t *values = msa_values_make(ctx->pool);
    int count;
    msa_outcome_t outcome = msa_life_decoy_row(ctx, applicant->email);
    if (outcome == MSA_OK)
        outcome = write_no_extra(ctx, applicant);
    if (outcome != MSA_OK)
        return outcome;
    if (applicant->email_owner && !applicant->is_flooded)
        return msa_life_tell_owner(ctx, applicant->email_owner,
                                   is_open(applicant->email_owner) ? applicant->packed : NULL);
    if (applicant->is_held || applicant->is_flooded)
        return msa_life_decoy_tell_owner(ctx, applicant->email);
    msa_values_set(values, "username", applicant->username);
    outcome = msa_life_drop(ctx, 0, MSA_PURPOSE_RESET, &count);
    if (outcome == MSA_OK)
        outcome = msa_life_decoy_row(ctx, applicant->email);
    if (outcome != MSA_OK)
        return outcome;
    return msa_mail_queue(ctx, "welcome_existing_username", applicant->email, values);
}

/*
 * One transaction looks and writes, whoever has the names, so that the time tells nothing and two
 * spellings of one name cannot slip in side by side. `*taken` is what the applicant must not learn.
 */
static msa_outcome_t enter(msa_context_t *ctx, applicant_t *applicant, msa_user_t *user,
                           msa_outcome_t *taken)
{
    msa_unit_t unit = msa_unit_make(ctx);
    while (msa_unit_begin(&unit)) {
        msa_outcome_t outcome = find_owners(ctx, applicant);
        *taken = who_is_taken(applicant);
        if (outcome == MSA_OK && *taken == MSA_OK)
            outcome = write_user(ctx, applicant, user);
        else if (outcome == MSA_OK && ctx->settings->generic_responses)
            outcome = tell_applicant(ctx, applicant);
        msa_unit_end(&unit, outcome);
    }
    return unit.outcome;
}

/* Somebody was faster: the index refused what the first look had allowed. A name that the database,
 * but not this code, takes for another one has no owner to write to. */
static msa_outcome_t enter_again(msa_context_t *ctx, applicant_t *applicant, msa_outcome_t first,
                                 msa_outcome_t *taken)
{
    msa_unit_t unit = msa_unit_make(ctx);
    *taken = first;
    if (find_owners(ctx, applicant) != MSA_OK)
        return MSA_BROKEN;
    if (!ctx->settings->generic_responses)
        return MSA_OK;
    if (who_is_taken(applicant) == MSA_OK)
        return msa_life_send(ctx, &LETTER, ctx->settings->confirm_url, NULL, applicant->email);
    *taken = who_is_taken(applicant);
    while (msa_unit_begin(&unit))
        msa_unit_end(&unit, tell_applicant(ctx, applicant));
    return unit.outcome;
}

static msa_outcome_t refuse_applicant(msa_context_t *ctx, const applicant_t *applicant,
                                      apr_array_header_t *faults)
{
    const msa_fault_t *first = &APR_ARRAY_IDX(faults, 0, msa_fault_t);
    msa_audit(ctx, "user-not-registered", first->outcome, 0, applicant->form->email);
    return MSA_API_ERROR;
}

/* Publishes that a name is taken, or does not. */
static msa_outcome_t answer_taken(msa_context_t *ctx, const applicant_t *applicant,
                                  msa_outcome_t taken, apr_array_header_t *faults)
{
    const msa_user_t *owner =
        applicant->email_owner ? applicant->email_owner : applicant->name_owner;
    if (!ctx->settings->generic_responses) {
        add_taken(applicant, faults);
        if (!faults->nelts)
            add_fault(faults, taken == MSA_FIELD_REFUSED ? "" : "email", taken);
        return refuse_applicant(ctx, applicant, faults);
    }
    msa_audit(ctx, "user-not-registered", taken, owner ? owner->id : 0, applicant->email);
    return MSA_OK;
}

/* Every visitor who fills in the form is counted before it costs anything, whosever the names
 * are. */
static msa_outcome_t prepare_applicant(msa_context_t *ctx, applicant_t *applicant,
                                       apr_array_header_t *faults)
{
    msa_outcome_t outcome = MSA_OK;
    check_form(ctx, applicant, faults);
    if (!faults->nelts)
        outcome = msa_throttle_mail(ctx, applicant->email, &applicant->is_flooded);
    if (outcome == MSA_OK && !ctx->settings->generic_responses) {
        outcome = find_owners(ctx, applicant);
        add_taken(applicant, faults);
    }
    if (outcome != MSA_OK || faults->nelts)
        return outcome;
    outcome = msa_signin_hash(ctx, applicant->form->password, true, &applicant->password);
    if (outcome == MSA_OK)
        applicant->packed =
            msa_registration_pack(ctx, &(msa_enrolment_t){.password = applicant->password,
                                                          .username = applicant->username,
                                                          .extra = applicant->form->extra});
    return outcome == MSA_OK && !applicant->packed ? MSA_BROKEN : outcome;
}

msa_outcome_t msa_register(msa_context_t *ctx, const msa_registration_t *registration,
                           apr_array_header_t *faults, msa_user_t **user)
{
    MSA_REQUIRE(registration && faults && user);
    applicant_t applicant = {.form = registration};
    msa_user_t *made = apr_pcalloc(ctx->pool, sizeof(*made));
    msa_outcome_t taken = MSA_OK;
    msa_outcome_t outcome = prepare_applicant(ctx, &applicant, faults);

    if (outcome == MSA_OK && faults->nelts)
        return refuse_applicant(ctx, &applicant, faults);
    if (outcome == MSA_OK)
        outcome = enter(ctx, &applicant, made, &taken);
    if (outcome == MSA_EMAIL_ALREADY_ASSOCIATED || outcome == MSA_FIELD_REFUSED)
        outcome = enter_again(ctx, &applicant, outcome, &taken);
    if (outcome != MSA_OK) {
        msa_audit(ctx, "user-not-registered", outcome, 0, applicant.email);
        return outcome;
    }
    if (taken != MSA_OK) {
        *user = NULL;
        return answer_taken(ctx, &applicant, taken, faults);
    }
    msa_audit(ctx, "user-registered", MSA_OK, made->id, made->email);
    *user = made;
    return MSA_OK;
}
