/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_HTTPD_DIRECTIVES_H
#define MSA_HTTPD_DIRECTIVES_H

/* The directives, and which field each one sets. */

#include "../module.h"

extern const command_rec msa_directives[];
/** The field that a row of msa_directives[] sets: its offset and size in the settings of a
 * directory (`*is_directory`) or a server. False for the last row, which has no directive. */
bool msa_directive_field(int index, bool *is_directory, size_t *offset, size_t *size);

#endif
