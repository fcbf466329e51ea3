/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_BASE_REQUIRE_H
#define MSA_BASE_REQUIRE_H

/* What must hold at the border of a floor. Checked in debug builds; costs nothing in others. */

/**
 * What a caller on a higher floor owes a lower one. A missing or unbounded value is a bug in the
 * program, which no visitor can cause. With --enable-debug it ends the process, naming file, line
 * and condition; otherwise the condition is not even evaluated.
 */
#ifdef MSA_DEBUG
#define MSA_REQUIRE(condition)                                                                     \
    ((condition) ? (void)0 : msa_require_failed(__FILE__, __LINE__, #condition))
#else
#define MSA_REQUIRE(condition) ((void)sizeof((condition) ? 1 : 0))
#endif

/** Reports the condition on standard error and aborts. */
void msa_require_failed(const char *file, int line, const char *condition)
    __attribute__((noreturn));

#endif
