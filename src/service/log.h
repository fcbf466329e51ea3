/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_SERVICE_LOG_H
#define MSA_SERVICE_LOG_H

/* Lines of the log that belong to no request. */

#include "service.h"

/** A line that belongs to no request, into the log of a host (NULL = of the main server), as httpd
 * writes its own. */
void msa_log_write(const msa_host_t *host, msa_log_level_t level, const char *line);

#endif
