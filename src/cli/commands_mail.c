/* SPDX-License-Identifier: Apache-2.0 */
/* `security-auth mail`: lists what is in the outbox, sends it now, tries it again. */

#include "cli.h"

#include "../account/delivery.h"
#include "../store/outbox.h"

#include <apr_strings.h>

#define MAILS_AT_ONCE 500

static const char *state_of(const msa_mail_t *mail)
{
    if (mail->sent_at)
        return "sent";
    return mail->failed_at ? "failed" : "waiting";
}

static json_t *json_mail(msa_cli_t *cli, const msa_mail_t *mail)
{
    return json_pack("{sI ss ss ss ss so so si so}", "id", (json_int_t)mail->id, "state",
                     state_of(mail), "kind", mail->kind, "recipient", mail->recipient, "subject",
                     mail->subject, "created_at", msa_cli_json_time(cli, mail->created_at),
                     "next_at", msa_cli_json_time(cli, mail->next_at), "attempts", mail->attempts,
                     "error", msa_cli_json_text(mail->error));
}

static void show(msa_cli_t *cli, json_t *all, const msa_mail_t *mail)
{
    if (cli->options.is_json)
        json_array_append_new(all, json_mail(cli, mail));
    else
        msa_cli_print(cli, "%8" APR_INT64_T_FMT "  %-8s %2d  %-26s %-32s %s", mail->id,
                      state_of(mail), mail->attempts, mail->kind, mail->recipient,
                      mail->error ? mail->error : "");
}

int mail_list(msa_cli_t *cli)
{
    apr_array_header_t *mails = NULL;
    apr_int64_t before = 0;
    json_t *all = json_array();
    do {
        if (msa_outbox_list(cli->ctx->db, cli->pool, cli->options.with_sent, before, MAILS_AT_ONCE,
                            &mails) != APR_SUCCESS) {
            json_decref(all);
            return msa_cli_finish(cli, MSA_BROKEN, "mail");
        }
        for (int i = 0; i < mails->nelts; i++) {
            const msa_mail_t *mail = APR_ARRAY_IDX(mails, i, const msa_mail_t *);
            show(cli, all, mail);
            before = mail->id;
        }
    } while (mails->nelts == MAILS_AT_ONCE);
    if (cli->options.is_json)
        msa_cli_print_json(all);
    else
        json_decref(all);
    return EXIT_DONE;
}

int mail_retry(msa_cli_t *cli)
{
    char *end = NULL;
    int count = 0;
    apr_int64_t id = cli->count ? apr_strtoi64(cli->args[0], &end, 10) : 0;
    if (cli->count && (id <= 0 || *end))
        return msa_cli_refuse(cli, "%s is not the number of a mail", cli->args[0]);
    if (msa_outbox_retry(cli->ctx->db, cli->pool, id, cli->ctx->now, &count) != APR_SUCCESS)
        return msa_cli_finish(cli, MSA_BROKEN, "mail");
    msa_cli_print(cli, "%d will be tried again", count);
    return count || !id ? EXIT_DONE : EXIT_REFUSED;
}

int mail_send(msa_cli_t *cli)
{
    msa_delivery_t delivery = {0};
    int all_sent = 0, all_failed = 0, sent, failed;
    msa_outcome_t outcome;
    if (!cli->has_configuration)
        return msa_cli_refuse(cli, "mail send takes SecuritySendmail from httpd's configuration: "
                                   "leave --driver and --params out");
    do {
        sent = failed = 0;
        outcome = msa_mail_deliver(cli->ctx, &delivery, &sent, &failed);
        all_sent += sent;
        all_failed += failed;
    } while (outcome == MSA_OK && sent + failed);
    if (outcome == MSA_OK)
        msa_cli_print(cli, "%d sent, %d failed", all_sent, all_failed);
    if (outcome == MSA_OK && all_failed)
        return EXIT_REFUSED;
    return msa_cli_finish(cli, outcome, "mail");
}
