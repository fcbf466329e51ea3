/* SPDX-License-Identifier: Apache-2.0 */
/* Makes a mail from a template and puts it into the outbox, in the transaction of the rule that
 * causes it: subject, links, identifier, former addresses. */

#include "mail.h"
#include "former.h"

#include "../base/require.h"
#include "../base/settings_mail.h"
#include "../base/text_time.h"
#include "../mail/message.h"
#include "../store/outbox.h"

#include <string.h>

#include <apr_strings.h>

const char *msa_mail_site(const msa_context_t *ctx)
{
    const char *host = strstr(ctx->settings->public_url, "://");
    return host ? host + 3 : ctx->settings->public_url;
}

/* The identifier stays the same until the last attempt, so that a mail sent twice is recognised. */
static const char *message_id(msa_context_t *ctx)
{
    const char *random = msa_context_random_hex(ctx, 16);
    const char *host = msa_settings_mail_host(ctx->pool, ctx->settings);
    const char *id = NULL;
    if (!random)
        return NULL;
    if (msa_message_address(ctx->pool, apr_pstrcat(ctx->pool, random, "@", host, NULL), &id) !=
        APR_SUCCESS)
        id = apr_pstrcat(ctx->pool, random, "@localhost", NULL);
    return id;
}

/* A title that a designer broke over two lines becomes one line in the header. */
static const char *one_line(apr_pool_t *pool, const char *text)
{
    static const char WHITE[] = " \t\r\n";
    char *line = apr_pstrdup(pool, text);
    char *end = line;
    for (text += strspn(text, WHITE); *text; text += strspn(text, WHITE)) {
        size_t length = strcspn(text, WHITE);
        if (end != line)
            *end++ = ' ';
        memcpy(end, text, length);
        end += length;
        text += length;
    }
    *end = '\0';
    return line;
}

static const char *subject(const msa_context_t *ctx, const char *kind, const char *title)
{
    const apr_array_header_t *subjects = ctx->settings->email_subjects;
    for (int i = 0; subjects && i + 1 < subjects->nelts; i += 2) {
        if (strcmp(APR_ARRAY_IDX(subjects, i, const char *), kind) == 0)
            title = APR_ARRAY_IDX(subjects, i + 1, const char *);
    }
    return one_line(ctx->pool, title ? title : "");
}

static void add_common(const msa_context_t *ctx, const char *recipient, msa_values_t *values)
{
    msa_values_set(values, "site_name", msa_mail_site(ctx));
    msa_values_set(values, "site_url", ctx->settings->public_url);
    msa_values_set(values, "email", recipient);
}

/* Anyone who was given an account by an email change must learn in time that it can be taken back.
 * The work is the same whether there is an account or not. */
static msa_outcome_t add_former(msa_context_t *ctx, const char *recipient, msa_values_t *values)
{
    msa_user_t *user = NULL;
    apr_array_header_t *former = NULL;
    msa_outcome_t outcome =
        msa_context_outcome(msa_user_by_email(ctx->db, ctx->pool, recipient, &user));
    if (outcome == MSA_OK || outcome == MSA_NOT_FOUND)
        outcome = msa_former_list(ctx, user, &former);
    /* The values may come from a transaction that is run again. */
    msa_values_drop_rows(values, "former_addresses");
    for (int i = 0; outcome == MSA_OK && i < former->nelts; i++) {
        const msa_former_t *entry = &APR_ARRAY_IDX(former, i, msa_former_t);
        msa_values_t *row = msa_values_add_row(values, "former_addresses");
        msa_values_set(row, "address", entry->address);
        msa_values_set(row, "until",
                       entry->until ? msa_text_datetime(ctx->pool, entry->until) : NULL);
    }
    return outcome;
}

static apr_size_t bytes(const char *text)
{
    return text ? strlen(text) : 0;
}

static apr_status_t insert(msa_context_t *ctx, msa_mail_t *mail)
{
    apr_status_t status = msa_outbox_insert(ctx->db, ctx->pool, mail);
    if (status == APR_EINVAL)
        msa_env_log(ctx->env, ctx->pool, MSA_LOG_ERROR,
                    "mail does not fit into the outbox: kind=%s subject=%" APR_SIZE_T_FMT
                    " text=%" APR_SIZE_T_FMT " html=%" APR_SIZE_T_FMT " bytes; %d, %d and %d fit",
                    mail->kind, bytes(mail->subject), bytes(mail->text), bytes(mail->html),
                    MSA_MAIL_SUBJECT_BYTES, MSA_MAIL_BODY_BYTES, MSA_MAIL_BODY_BYTES);
    return status;
}

static msa_outcome_t put(msa_context_t *ctx, const char *kind, const char *recipient,
                         msa_values_t *values, apr_int64_t *id)
{
    MSA_REQUIRE(kind && recipient && values);
    msa_outcome_t outcome;
    const msa_settings_t *settings = ctx->settings;
    msa_mail_parts_t parts = {0};
    msa_mail_t mail = {.message_id = message_id(ctx),
                       .sender = msa_settings_mail_sender(ctx->pool, settings),
                       .kind = kind};
    if (!mail.message_id)
        return MSA_BROKEN;
    add_common(ctx, recipient, values);
    outcome = add_former(ctx, recipient, values);
    if (outcome != MSA_OK)
        return outcome;
    if (msa_templates_mail(ctx->templates, ctx->pool, kind, values, &parts) != APR_SUCCESS) {
        msa_env_log(ctx->env, ctx->pool, MSA_LOG_ERROR, "no template mail/%s.html", kind);
        return MSA_BROKEN;
    }
    mail.recipient = recipient;
    mail.subject = subject(ctx, kind, parts.subject);
    mail.html = settings->email_html ? parts.html : NULL;
    mail.text = settings->email_plaintext || !mail.html ? parts.text : NULL;
    mail.created_at = ctx->now;
    mail.next_at = ctx->now;
    outcome = msa_context_outcome(insert(ctx, &mail));
    *id = mail.id;
    return outcome;
}

msa_outcome_t msa_mail_queue(msa_context_t *ctx, const char *kind, const char *recipient,
                             msa_values_t *values)
{
    apr_int64_t id = 0;
    return put(ctx, kind, recipient, values, &id);
}

/* No row has the number 0, so this deletes nothing. */
msa_outcome_t msa_mail_queue_hidden(msa_context_t *ctx, const char *kind, const char *recipient,
                                    msa_values_t *values)
{
    msa_outcome_t outcome = msa_mail_queue(ctx, kind, recipient, values);
    if (outcome == MSA_OK)
        outcome = msa_context_outcome(msa_outbox_delete(ctx->db, ctx->pool, 0));
    return outcome == MSA_NOT_FOUND ? MSA_OK : outcome;
}

msa_outcome_t msa_mail_decoy(msa_context_t *ctx, const char *kind, const char *recipient,
                             msa_values_t *values)
{
    apr_int64_t id = 0;
    msa_outcome_t outcome = put(ctx, kind, recipient, values, &id);
    if (outcome == MSA_OK)
        outcome = msa_context_outcome(msa_outbox_delete(ctx->db, ctx->pool, id));
    return outcome;
}

const char *msa_mail_link(const msa_context_t *ctx, const char *path, const char *secret)
{
    return apr_pstrcat(ctx->pool, ctx->settings->public_url, ctx->settings->url_prefix, path,
                       secret ? "/" : "", secret ? secret : "", NULL);
}
