/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_FUZZ_H
#define MSA_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <apr_pools.h>

/** The folder of this target in test/fuzz/corpus. */
extern const char fuzz_name[];

/** One input: what the target promises of it, checked with fuzz_require. */
void fuzz_text(apr_pool_t *pool, const char *text, size_t length);

/**
 * Writes the input as file `name` (`page/x.html`) into a directory of this process, which goes with
 * it. The directory; it is the same every time.
 */
const char *fuzz_write(apr_pool_t *pool, const char *name, const char *text, size_t length);

/** What libFuzzer and the replay call: once, and for each input. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** Ends the process with the sentence that does not hold. */
#define fuzz_require(holds)                                                                        \
    do {                                                                                           \
        if (!(holds))                                                                              \
            fuzz_fail(__FILE__, __LINE__, #holds);                                                 \
    } while (0)

void fuzz_fail(const char *file, int line, const char *sentence) __attribute__((noreturn));

#endif
