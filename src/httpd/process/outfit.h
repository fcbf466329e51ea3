/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_HTTPD_OUTFIT_H
#define MSA_HTTPD_OUTFIT_H

/* What the configuration gives the service on its way. */

#include "launch.h"

struct msa_link_t;
struct server_rec;

/** Fills in all but `life`; NULL, or what keeps the service from being started, in a sentence. */
const char *msa_outfit_make(apr_pool_t *pool, const struct server_rec *server, int generation,
                            msa_launch_t *launch);
/** The JSON text for the service, with all that is secret: to be wiped and freed; NULL = no memory.
 */
char *msa_outfit_text(apr_pool_t *pool, const struct server_rec *server, const msa_launch_t *launch,
                      const struct msa_link_t *link, int quick_deaths);

#endif
