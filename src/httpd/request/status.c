/* SPDX-License-Identifier: Apache-2.0 */
/* The lines about waiting mails on the page of mod_status. */

#include "hooks.h"

#include <http_protocol.h>
#include <mod_status.h>

#include "../process/start.h"
#include "ask.h"

/* Counted in the databases, so mails that other machines gave up are included. */
static msa_outcome_t count_mails(request_rec *r, int *waiting, int *failed)
{
    msa_packet_t question = msa_ask_begin(r, MSA_TALK_MAILS, 0);
    msa_outcome_t outcome = MSA_BROKEN;
    const msa_packet_head_t *answer = msa_runtime.is_on ? msa_ask(r, &question, &outcome) : NULL;
    if (outcome != MSA_OK)
        return outcome;
    *waiting = (int)msa_packet_number(answer, MSA_TAG_COUNT_WAITING, 0);
    *failed = (int)msa_packet_number(answer, MSA_TAG_COUNT_FAILED, 0);
    return MSA_OK;
}

static int show_mails(request_rec *r, int flags)
{
    int waiting = 0, failed = 0;
    msa_outcome_t outcome = count_mails(r, &waiting, &failed);
    bool is_short = flags & AP_STATUS_SHORT;
    if (outcome != MSA_OK && !is_short)
        ap_rputs(
            "<hr />\n<h1>Mails of mod_security_auth</h1>\n<p>The database is unavailable.</p>\n",
            r);
    else if (outcome == MSA_OK)
        ap_rprintf(r,
                   is_short ? "OutboxWaiting: %d\nOutboxFailed: %d\n"
                            : "<hr />\n<h1>Mails of mod_security_auth</h1>\n"
                              "<p>%d waiting, %d given up</p>\n",
                   waiting, failed);
    return OK;
}

void msa_status_register(void)
{
    APR_OPTIONAL_HOOK(ap, status_hook, show_mails, NULL, NULL, APR_HOOK_MIDDLE);
}
