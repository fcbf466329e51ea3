/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_TEST_POOL_H
#define MSA_TEST_POOL_H

#include <apr_pools.h>

/** Starts APR; for the group. */
int pool_group_setup(void **state);
int pool_group_teardown(void **state);

/** A fresh pool in `*state`, for one test. */
int pool_setup(void **state);
int pool_teardown(void **state);

#endif
