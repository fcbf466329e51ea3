/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_MAIL_SENDMAIL_H
#define MSA_MAIL_SENDMAIL_H

#include <stdbool.h>
#include <apr_pools.h>
#include <apr_tables.h>
#include <apr_time.h>

/** What one run of the mail program is given. */
typedef struct msa_sendmail_t {
    const apr_array_header_t *arguments; /* of const char *: program (absolute path), arguments */
    const char *recipient;               /* follows `--` unless the program reads it (-t) */
    const char *message;
    apr_size_t length;
    apr_interval_time_t timeout;      /* for the whole run */
    bool (*is_stopping)(void *baton); /* from then on few seconds are left; NULL = never */
    void *baton;
} msa_sendmail_t;

/**
 * Hands a message to the mail program: no shell, no inherited descriptor but its three, an
 * environment of PATH alone, a process group of its own that is killed when the time is up; waits
 * for exactly that process. The message lies in the pipe before the program starts, so that it is
 * read whole even when this process is killed. APR_SUCCESS: it read all and its exit status was 0.
 * Otherwise `*error` says why in one line of printable ASCII without quotes (with the first 500
 * bytes the program wrote to standard error), and the mail may be tried again: APR_TIMEUP,
 * APR_EGENERAL, or what kept it from starting. Sets no signal handler: a program that does not read
 * cannot cause SIGPIPE, for this side keeps the reading end open.
 */
apr_status_t msa_sendmail_run(apr_pool_t *pool, const msa_sendmail_t *order, const char **error);

#endif
