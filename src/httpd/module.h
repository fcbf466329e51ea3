/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_HTTPD_MODULE_H
#define MSA_HTTPD_MODULE_H

/* What every file of the module needs. Only these files include httpd's headers. */

#include <stdbool.h>
#include <stddef.h>

#include <httpd.h>
#include <http_config.h>
#include <http_core.h>
#include <http_log.h>
#include <http_protocol.h>
#include <http_request.h>
#include <ap_provider.h>

extern module AP_MODULE_DECLARE_DATA security_auth_module __attribute__((visibility("default")));

/* The file with the module record gets this from AP_DECLARE_MODULE. */
#ifndef MSA_MODULE_RECORD
APLOG_USE_MODULE(security_auth);
#endif

#endif
