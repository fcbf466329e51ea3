/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_BASE_JSON_H
#define MSA_BASE_JSON_H

/* What several rooms need to read and write JSON, on top of Jansson. */

#include <apr_tables.h>
#include <jansson.h>

/** A JSON array of texts (const char *); NULL is an empty one. */
json_t *msa_json_texts(const apr_array_header_t *texts);

/**
 * A text that one of our programs tells another and that may hold any bytes: a JSON text or, where
 * they are no UTF-8, an array of the bytes.
 */
json_t *msa_json_text(const char *text);
/** Reads what msa_json_text has written, into `pool`; NULL for anything else. */
const char *msa_json_text_read(apr_pool_t *pool, const json_t *json);

#endif
