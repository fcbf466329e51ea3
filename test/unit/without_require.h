/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_TEST_WITHOUT_REQUIRE_H
#define MSA_TEST_WITHOUT_REQUIRE_H

/** How often a condition that is not so was looked at in a build without debugging. */
int without_require_count(void);

#endif
