/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_PAGE_FAULT_H
#define MSA_PAGE_FAULT_H

/* What is wrong with a form. */

#include "conversation.h"

/** Notes a fault of the form on `field` ("" = the form). With generic responses, an outcome that
 * the visitor may not learn is replaced, and so is its field. `field` must outlive the page. */
void msa_page_fault(const msa_page_t *page, const char *field, msa_outcome_t outcome);
/** The same without hiding: for visitors who are known, and for faults that tell nothing about an
 * account. */
void msa_page_fault_plain(const msa_page_t *page, const char *field, msa_outcome_t outcome);
/** True when this fault is noted on this field. */
bool msa_page_has_fault(const msa_page_t *page, const char *field, msa_outcome_t outcome);
/** As msa_page_fault, on the field that the outcome's row of OUTCOMES[] names. */
void msa_page_fault_of(const msa_page_t *page, msa_outcome_t outcome);

#endif
