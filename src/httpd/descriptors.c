/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#define FIRST           3    /* behind standard error */
#define DESCRIPTORS_MAX 4096 /* MPMs that open more leave scripts to mod_cgid, which has none */

static const char KEPT[] = "msa_descriptors: kept";

/*
 * MySQL's library leaves its sockets open across exec(), so that mod_cgi would hand a connection to
 * the database, with all its rights, to every script. Neither apr_dbd nor mod_dbd tells which
 * descriptor it is; httpd marks its own sockets itself.
 */
static void close_sockets_on_exec(void)
{
    long limit = sysconf(_SC_OPEN_MAX);
    if (limit < 0 || limit > DESCRIPTORS_MAX)
        limit = DESCRIPTORS_MAX;
    for (int fd = FIRST; fd < limit; fd++) {
        struct sockaddr_storage peer;
        socklen_t size = sizeof(peer);
        int flags = fcntl(fd, F_GETFD);
        if (flags < 0 || flags & FD_CLOEXEC)
            continue;
        if (getpeername(fd, (struct sockaddr *)&peer, &size) == 0)
            fcntl(fd, F_SETFD, flags | FD_CLOEXEC);
    }
}

void msa_descriptors_child_init(apr_pool_t *pool, server_rec *server)
{
    (void)pool;
    (void)server;
    close_sockets_on_exec();
}

void msa_descriptors_keep(const ap_dbd_t *lease)
{
    void *is_kept = NULL;
    apr_pool_userdata_get(&is_kept, KEPT, lease->pool);
    if (is_kept)
        return;
    close_sockets_on_exec();
    apr_pool_userdata_setn(KEPT, KEPT, NULL, lease->pool);
}
