/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_MAIL_SENDMAIL_H
#define MSA_MAIL_SENDMAIL_H

/* Running the mail program for one message, without waiting for it. */

#include <apr_pools.h>
#include <apr_tables.h>
#include <apr_time.h>

/** What one run of the mail program is given. */
typedef struct msa_sendmail_t {
    const apr_array_header_t *arguments; /* of const char *: program (absolute path), arguments */
    const char *recipient;               /* follows `--` unless the program reads it (-t) */
    const char *message;
    apr_size_t length;
    apr_interval_time_t timeout; /* for the whole run */
} msa_sendmail_t;

/** The mail program at work on one message. */
typedef struct msa_sendmail_run_t msa_sendmail_run_t;

/**
 * Starts the mail program, without waiting for it: no shell, no inherited descriptor but its three,
 * an environment of PATH alone, a process group of its own. As much of the message as a pipe holds
 * lies there before the program starts, so that it is read whole even when this process is killed.
 * What kept it from starting is told by msa_sendmail_finish. What `order` points to and `pool` must
 * outlive the run. Sets no signal handler: a program that does not read cannot cause SIGPIPE, for
 * this side keeps the reading end open.
 */
msa_sendmail_run_t *msa_sendmail_start(apr_pool_t *pool, const msa_sendmail_t *order);

/**
 * Waits until something happens to one of `count` runs (at most MSA_MAIL_CONCURRENCY_MAX; NULL =
 * none), `longest` at most, and sees to all of them: hands over the message, reads complaints,
 * notes who has ended, and kills the process group of each whose time is up, and only that.
 */
void msa_sendmail_attend(msa_sendmail_run_t *const *runs, int count, apr_interval_time_t longest);

/** From now on few seconds are left to this run. */
void msa_sendmail_hurry(msa_sendmail_run_t *run);

/**
 * APR_INCOMPLETE while the program runs. Else what became of it, once, and the run is over.
 * APR_SUCCESS: it read all and its exit status was 0. Otherwise `*error` says why in one line of
 * printable ASCII without quotes (with the first 500 bytes the program wrote to standard error),
 * and the mail may be tried again: APR_TIMEUP, APR_EGENERAL, or what kept it from starting.
 */
apr_status_t msa_sendmail_finish(msa_sendmail_run_t *run, const char **error);

#endif
