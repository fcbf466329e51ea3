/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_PAGE_FAULT_H
#define MSA_PAGE_FAULT_H

/* What is wrong with a form. */

#include "conversation.h"

/** Notes a fault of the form. Under generic responses what the visitor may not learn is replaced.
 */
void msa_page_fault(const msa_page_t *page, const char *field, msa_outcome_t outcome);
/** The same without hiding: for visitors who are known, and faults that tell nothing of an account.
 */
void msa_page_fault_plain(const msa_page_t *page, const char *field, msa_outcome_t outcome);
/** True when this fault of the field was noted. */
bool msa_page_has_fault(const msa_page_t *page, const char *field, msa_outcome_t outcome);
/** The same as msa_page_fault on the field that the outcome's row names. */
void msa_page_fault_of(const msa_page_t *page, msa_outcome_t outcome);

#endif
