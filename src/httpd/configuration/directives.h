/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_HTTPD_DIRECTIVES_H
#define MSA_HTTPD_DIRECTIVES_H

/* The directives, and which field each sets. */

#include "../module.h"

extern const command_rec msa_directives[];
/** The field a directive sets: offset and size inside its settings; false for the last. */
bool msa_directive_field(int index, bool *is_directory, size_t *offset, size_t *size);

#endif
