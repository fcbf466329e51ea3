/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_BASE_JSON_H
#define MSA_BASE_JSON_H

#include <apr_tables.h>
#include <jansson.h>

/** A JSON array of texts (const char *); NULL is an empty one. */
json_t *msa_json_texts(const apr_array_header_t *texts);

#endif
