/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_BASE_JSON_H
#define MSA_BASE_JSON_H

/* What several rooms need for reading and writing JSON, on top of Jansson. */

#include <apr_tables.h>
#include <jansson.h>

/**
 * A JSON array of texts (const char *), without those that are not UTF-8; an empty one for NULL.
 * The caller owns the reference.
 */
json_t *msa_json_texts(const apr_array_header_t *texts);

/**
 * A text that one of our programs passes to another and that may contain any bytes: a JSON string
 * or, when it is not UTF-8, an array of its bytes. The caller owns the reference.
 */
json_t *msa_json_text(const char *text);
/** Reads what msa_json_text wrote, into `pool`; NULL for anything else. */
const char *msa_json_text_read(apr_pool_t *pool, const json_t *json);

#endif
