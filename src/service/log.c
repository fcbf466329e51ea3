/* SPDX-License-Identifier: Apache-2.0 */
/* Writes log lines of the service that belong to no request, in the format of httpd's error log. */

#include "log.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES 8192

/* One write per line, so that lines of several processes do not mix. */
void msa_log_write(const msa_host_t *host, msa_log_level_t level, const char *line)
{
    static const char *const NAMES[] = {"error", "warn", "notice", "info", "debug"};
    char text[LINE_MAX_BYTES], day[32], year[8];
    struct timespec now;
    struct tm parts;
    int length;
    if (!host && msa_service.hosts && msa_service.hosts->nelts)
        host = APR_ARRAY_IDX(msa_service.hosts, 0, const msa_host_t *);
    if (host && (int)level > host->log_level)
        return;
    clock_gettime(CLOCK_REALTIME, &now);
    localtime_r(&now.tv_sec, &parts);
    strftime(day, sizeof(day), "%a %b %d %H:%M:%S", &parts);
    strftime(year, sizeof(year), "%Y", &parts);
    length = snprintf(text, sizeof(text), "[%s.%06ld %s] [security_auth:%s] [pid %d] %s\n", day,
                      now.tv_nsec / 1000, year, NAMES[level], (int)getpid(), line);
    if (length >= (int)sizeof(text)) {
        length = (int)sizeof(text) - 1;
        text[length - 1] = '\n';
    }
    if (length > 0 && write(host ? host->log : STDERR_FILENO, text, (size_t)length) < 0)
        return; /* there is nobody left to tell */
}
