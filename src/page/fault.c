/* SPDX-License-Identifier: Apache-2.0 */
/* Gathers what is wrong with a form, and with generic responses hides what a visitor may not
 * learn. */

#include "fault.h"

#include "../account/register.h"

#include <string.h>

void msa_page_fault(const msa_page_t *page, const char *field, msa_outcome_t outcome)
{
    msa_outcome_t shown = msa_outcome_public(outcome, page->ctx->settings->generic_responses);
    msa_fault_t *fault = apr_array_push(page->faults);
    fault->field = shown == outcome ? field : msa_outcome_row(shown)->field;
    fault->outcome = shown;
}

void msa_page_fault_plain(const msa_page_t *page, const char *field, msa_outcome_t outcome)
{
    msa_fault_t *fault = apr_array_push(page->faults);
    fault->field = field;
    fault->outcome = outcome;
}

bool msa_page_has_fault(const msa_page_t *page, const char *field, msa_outcome_t outcome)
{
    for (int i = 0; i < page->faults->nelts; i++) {
        const msa_fault_t *fault = &APR_ARRAY_IDX(page->faults, i, msa_fault_t);
        if (fault->outcome == outcome && strcmp(fault->field, field) == 0)
            return true;
    }
    return false;
}

void msa_page_fault_of(const msa_page_t *page, msa_outcome_t outcome)
{
    msa_page_fault(page, msa_outcome_row(outcome)->field, outcome);
}
