/* SPDX-License-Identifier: Apache-2.0 */
/* Names the condition that was broken at the border of a floor and ends the program; in debug
 * builds only. */

#include "require.h"

#include <stdio.h>
#include <stdlib.h>

void msa_require_failed(const char *file, int line, const char *condition)
{
    fprintf(stderr, "%s:%d: not so: %s\n", file, line, condition);
    abort();
}
