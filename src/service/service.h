/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_SERVICE_SERVICE_H
#define MSA_SERVICE_SERVICE_H

/* What the files of this room share: the process that does whatever is slow or secret for httpd. */

#include <stdbool.h>
#include <apr_tables.h>
#include "database.h"
#include "../base/digest.h"
#include "../wire/table.h"
#include "../wire/talk.h"

/** A virtual host, as httpd handed it over. */
typedef struct msa_host_t {
    const char *name;
    int log;                     /* descriptor of its error log */
    int log_level;               /* the least important msa_log_level_t that is logged; -1 = none */
    const char *driver, *params; /* NULL = it has no database */
    const char *data_directory;
    msa_settings_t settings;
    const msa_password_policy_t *passwords;
    const msa_templates_t *templates;
    const msa_messages_t *messages;
    msa_cookie_names_t cookies;
    unsigned char site[2][MSA_SITE_SIZE]; /* fingerprints of the site: without TLS, with TLS */
    msa_database_t *database;
    int database_number;        /* its index in msa_service.databases */
    apr_uint64_t store;         /* identifies its database and tables; 0 = no database */
    apr_uint32_t is_unfit_told; /* it was logged that the tables do not fit */
} msa_host_t;

/** What all threads share. Only the volatile members change once the threads have started. */
typedef struct msa_service_t {
    apr_pool_t *pool;
    const char *secret; /* shown first on every connection, or it is closed */
    unsigned char key[MSA_DIGEST_SIZE];
    apr_array_header_t *hosts;     /* of msa_host_t * */
    apr_array_header_t *databases; /* of msa_database_t *, each one once */
    msa_table_t *table;
    int hash_slots;              /* concurrent hashes; 0 = as many as processors */
    int quick_deaths;            /* of services before this one, in a row */
    apr_interval_time_t timeout; /* in microseconds: the longest wait for an answer; 0 = no limit */
    msa_database_rules_t rules;
    volatile apr_uint32_t is_retired; /* another service does the writing */
    volatile apr_uint32_t is_ending;
    volatile apr_uint32_t replaced; /* how often the file of a database was replaced */
} msa_service_t;

extern msa_service_t msa_service;

/** `security-auth serve`: the whole life of the service. Returns an exit status if it cannot run;
 * otherwise the process ends in it. */
int msa_service_main(void);

#endif
