/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_TEST_POOL_H
#define MSA_TEST_POOL_H

#include <apr_pools.h>

/** Setup of the group: starts APR. */
int pool_group_setup(void **state);
int pool_group_teardown(void **state);

/** Setup of one test: a fresh pool in `*state`. */
int pool_setup(void **state);
int pool_teardown(void **state);

#endif
