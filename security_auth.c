/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "src/cli/cli.h"
#include "src/service/service.h"

/* One program, two faces: what administrators type, and the process that httpd starts. */
int main(int argc, const char *const *argv)
{
    if (argc == 2 && strcmp(argv[1], "serve") == 0)
        return msa_service_main();
    return msa_cli_main(argc, argv);
}
