/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_MAIL_SENDMAIL_H
#define MSA_MAIL_SENDMAIL_H

/* Running the mail program for one message, without waiting for it. */

#include <apr_pools.h>
#include <apr_tables.h>
#include <apr_time.h>

/** What one run of the mail program is given. */
typedef struct msa_sendmail_t {
    const apr_array_header_t
        *arguments;        /* of const char *: the program (absolute path), its arguments */
    const char *recipient; /* added after `--`, unless the program reads it from the message (-t) */
    const char *message;
    apr_size_t length;
    apr_interval_time_t timeout; /* for the whole run, in microseconds */
} msa_sendmail_t;

/** The mail program at work on one message. */
typedef struct msa_sendmail_run_t msa_sendmail_run_t;

/**
 * Starts the mail program without waiting for it: no shell, no descriptor but its standard three,
 * no environment but PATH, a process group of its own. A message that fits into a pipe is all there
 * before the program starts, so it is read whole even if this process is killed.
 * msa_sendmail_finish reports what kept the program from starting. `pool` and what `order` points
 * to must outlive the run. Sets no signal handler: a program that does not read cannot cause
 * SIGPIPE, because this side keeps the reading end open.
 */
msa_sendmail_run_t *msa_sendmail_start(apr_pool_t *pool, const msa_sendmail_t *order);

/**
 * Waits until something happens to one of `count` runs (at most MSA_MAIL_CONCURRENCY_MAX; NULL =
 * none) or one has ended already, but no longer than `longest`. Then attends to all of them: hands
 * over the message, reads complaints, notices who has ended, and kills the process group of each
 * run whose time is up, and no other.
 */
void msa_sendmail_attend(msa_sendmail_run_t *const *runs, int count, apr_interval_time_t longest);

/** Leaves this run at most two more seconds. */
void msa_sendmail_hurry(msa_sendmail_run_t *run);

/**
 * APR_INCOMPLETE while the program runs; then, once, what became of it, which ends the run.
 * APR_SUCCESS: it read everything and its exit status was 0. Otherwise the mail may be tried again,
 * and `*error` says why in one line of printable ASCII without quotes (with the first 500 bytes
 * that the program wrote to standard error): APR_TIMEUP, APR_EGENERAL, or what kept it from
 * starting.
 */
apr_status_t msa_sendmail_finish(msa_sendmail_run_t *run, const char **error);

#endif
