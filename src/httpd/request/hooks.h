/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_HTTPD_HOOKS_H
#define MSA_HTTPD_HOOKS_H

/* Each function registers the hooks of the file it is named after. */

#include "../module.h"

void msa_clean_register(void);
void msa_ask_register(void);
void msa_conceal_register(void);
void msa_handler_register(void);
void msa_authn_register(apr_pool_t *pool);
void msa_authz_register(apr_pool_t *pool);
void msa_refuse_register(void);
void msa_fixups_register(void);
void msa_backend_register(void);
void msa_status_register(void);

#endif
