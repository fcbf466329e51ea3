/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_BASE_REQUIRE_H
#define MSA_BASE_REQUIRE_H

/* What must be so at the border of a floor. Checked in debug builds; costs nothing in others. */

/**
 * What a caller on a higher floor has to see to, at the door of a lower one: a value that is not
 * there or has no bound is a fault of the program, and no visitor can cause it. With
 * --enable-debug it ends the process with file, line and condition; without, nothing is evaluated.
 */
#ifdef MSA_DEBUG
#define MSA_REQUIRE(condition)                                                                     \
    ((condition) ? (void)0 : msa_require_failed(__FILE__, __LINE__, #condition))
#else
#define MSA_REQUIRE(condition) ((void)sizeof((condition) ? 1 : 0))
#endif

/** Tells of it on standard error and aborts. */
void msa_require_failed(const char *file, int line, const char *condition)
    __attribute__((noreturn));

#endif
