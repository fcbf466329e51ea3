/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_BASE_SETTINGS_VALUES_H
#define MSA_BASE_SETTINGS_VALUES_H

#include <stdbool.h>

/* The values of settings that are neither texts nor numbers. */

/** How a request may prove who is asking; bits of msa_directory_settings_t.methods. */
enum {
    MSA_METHOD_SESSION = 1, /* session and remember cookie */
    MSA_METHOD_TOKEN = 2,   /* Authentication-Token, Bearer, query parameter */
    MSA_METHOD_BASIC = 4    /* RFC 7617 */
};

typedef enum {
    MSA_CSRF_ORIGIN, /* Sec-Fetch-Site and Origin decide */
    MSA_CSRF_TOKEN,  /* a csrf_token from the visitor's session is required */
    MSA_CSRF_BOTH,
    MSA_CSRF_OFF
} msa_csrf_t;

/** Which names that other modules have authenticated are trusted (SecurityForeignUsers). */
typedef enum {
    MSA_FOREIGN_SERVER, /* those that no .htaccess can have influenced */
    MSA_FOREIGN_ON,
    MSA_FOREIGN_OFF
} msa_foreign_t;

#define MSA_MAIL_CONCURRENCY_MAX 64

/** One further registration field (SecurityRegisterFields name:column[:required]). */
typedef struct msa_register_field_t {
    const char *name;
    const char *column;
    bool is_required;
} msa_register_field_t;

#endif
