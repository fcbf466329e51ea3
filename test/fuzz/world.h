/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_FUZZ_WORLD_H
#define MSA_FUZZ_WORLD_H

#include "../unit/fixture.h"

/**
 * A fixture for one input: tables of its own in memory, nobody in them, and hashes that cost
 * little. What takes long is made once and shared. It goes with `pool`; it is not closed.
 */
fixture_t *fuzz_world(apr_pool_t *pool);

#endif
