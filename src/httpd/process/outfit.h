/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_HTTPD_OUTFIT_H
#define MSA_HTTPD_OUTFIT_H

/* What the configuration gives the service at its start. */

#include "launch.h"

struct msa_link_t;
struct server_rec;

/** Fills in all of `*launch` but `life`. NULL; or a sentence about what prevents the service from
 * starting. The first generation also removes sockets that dead httpds left behind. */
const char *msa_outfit_make(apr_pool_t *pool, const struct server_rec *server, int generation,
                            msa_launch_t *launch);
/** The JSON text of src/wire/handover.h, with all its secrets. The caller wipes and frees it; NULL
 * = no memory. */
char *msa_outfit_text(apr_pool_t *pool, const struct server_rec *server, const msa_launch_t *launch,
                      const struct msa_link_t *link, int quick_deaths);

#endif
