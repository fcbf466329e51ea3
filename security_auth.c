/* SPDX-License-Identifier: Apache-2.0 */
/* One program with two faces: `serve` is the service that httpd starts, everything else the tool
 * that administrators type. */

#include <string.h>

#include "src/cli/cli.h"
#include "src/service/service.h"

int main(int argc, const char *const *argv)
{
    if (argc == 2 && strcmp(argv[1], "serve") == 0)
        return msa_service_main();
    return msa_cli_main(argc, argv);
}
