/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_BASE_SETTINGS_DIRECTORY_H
#define MSA_BASE_SETTINGS_DIRECTORY_H

/* The settings of a directory, a location or a .htaccess. */

#include <stdbool.h>
#include <apr_time.h>

/**
 * The settings that apply inside one directory, location or .htaccess. A view that is NULL is not
 * set.
 */
typedef struct msa_directory_settings_t {
    int methods; /* MSA_METHOD_ bits; 0 = not set: session and token */
    const char *post_login_view;
    const char *post_logout_view;
    const char *post_register_view;
    const char *post_confirm_view;
    const char *post_reset_view;
    const char *post_change_view;
    const char *post_verify_view;
    const char *post_change_email_view;
    const char *confirm_error_view;
    const char *reset_error_view;
    const char *reset_view;
    const char *change_email_error_view;
    const char *requires_confirmation_error_view;
    const char *unauthorized_view;
    apr_interval_time_t freshness;              /* default 24 h; negative = never asked */
    apr_interval_time_t freshness_grace_period; /* default 1 h */
    bool pass_headers;
} msa_directory_settings_t;

/** The defaults. Copy them, then change the copy. */
extern const msa_directory_settings_t msa_directory_settings_default;

#endif
