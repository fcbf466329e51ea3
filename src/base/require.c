/* SPDX-License-Identifier: Apache-2.0 */
/* Says which condition at the border of a floor was not kept, and ends the program; in debug
 * builds only. */

#include "require.h"

#include <stdio.h>
#include <stdlib.h>

void msa_require_failed(const char *file, int line, const char *condition)
{
    fprintf(stderr, "%s:%d: not so: %s\n", file, line, condition);
    abort();
}
