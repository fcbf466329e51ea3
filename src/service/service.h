/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_SERVICE_SERVICE_H
#define MSA_SERVICE_SERVICE_H

/* What the files of this room share: the process that does for httpd whatever is slow or secret. */

#include <stdbool.h>
#include <apr_tables.h>
#include "database.h"
#include "../base/digest.h"
#include "../wire/table.h"
#include "../wire/talk.h"

/** A virtual host, as httpd has handed it over. */
typedef struct msa_host_t {
    const char *name;
    int log;                     /* the descriptor of its error log */
    int log_level;               /* the least important that goes there; -1 = none */
    const char *driver, *params; /* NULL = it has no database */
    const char *data_directory;
    msa_settings_t settings;
    const msa_password_policy_t *passwords;
    const msa_templates_t *templates;
    const msa_messages_t *messages;
    msa_cookie_names_t cookies;
    unsigned char site[2][MSA_SITE_SIZE]; /* plain, TLS */
    msa_database_t *database;
    int database_number;        /* among the databases */
    apr_uint64_t store;         /* a number for its database and its tables there; never 0 */
    apr_uint32_t is_unfit_told; /* that the tables do not fit was logged */
} msa_host_t;

/** The one place of what all threads share. All but the last members stay as they were made. */
typedef struct msa_service_t {
    apr_pool_t *pool;
    const char *secret; /* who does not know it is not listened to */
    unsigned char key[MSA_DIGEST_SIZE];
    apr_array_header_t *hosts;     /* of msa_host_t * */
    apr_array_header_t *databases; /* of msa_database_t *, each once */
    msa_table_t *table;
    int hash_slots;              /* hashes computed at once */
    int quick_deaths;            /* in a row, of those before */
    apr_interval_time_t timeout; /* the longest that anybody waits for an answer */
    msa_database_rules_t rules;
    volatile apr_uint32_t is_retired; /* another one does the writing */
    volatile apr_uint32_t is_ending;
    volatile apr_uint32_t replaced; /* how often a file of a database was another one */
} msa_service_t;

extern msa_service_t msa_service;

/** `security-auth serve`: the whole life of the service. The exit status. */
int msa_service_main(void);

#endif
