/* SPDX-License-Identifier: Apache-2.0 */
#include "without_require.h"

#undef MSA_DEBUG
#include "../../src/base/require.h"

int without_require_count(void)
{
    int count = 0;
    MSA_REQUIRE(++count == 0);
    return count;
}
