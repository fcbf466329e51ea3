/* SPDX-License-Identifier: Apache-2.0 */
/* For builds with --enable-coverage: the service ends by _exit, and would lose what was counted. */

void __gcov_dump(void);
_Noreturn void __real__exit(int status);
_Noreturn void __wrap__exit(int status);

_Noreturn void __wrap__exit(int status)
{
    __gcov_dump();
    __real__exit(status);
}
