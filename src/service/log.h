/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_SERVICE_LOG_H
#define MSA_SERVICE_LOG_H

/* Log lines that belong to no request. */

#include "service.h"

/** Writes a line that belongs to no request to the log of a host (NULL = the main server's), in
 * httpd's format, unless the host's log_level excludes it. Overlong lines are truncated. */
void msa_log_write(const msa_host_t *host, msa_log_level_t level, const char *line);

#endif
