/* SPDX-License-Identifier: Apache-2.0 */
/* The conversation at the start of the service: writes its configuration to it and waits for
 * `ready` or a reason. */

#include "handover.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include <apr_strings.h>

#include "../../base/env.h"

/* True when the stream is ready for `events` before `until`. */
static bool wait_for(int control, short events, apr_time_t until)
{
    struct pollfd one = {.fd = control, .events = events};
    int got;
    do {
        apr_time_t left = until - msa_env_ticks();
        got = poll(&one, 1, left > 0 ? (int)apr_time_as_msec(left) + 1 : 0);
    } while (got < 0 && errno == EINTR);
    return got > 0;
}

bool msa_handover_write(int control, const char *text, int ms)
{
    apr_time_t until = msa_env_ticks() + apr_time_from_msec(ms);
    size_t left = strlen(text);
    int room = (int)left;
    /* When the buffer holds everything, nobody waits; but only root may ask for so much. */
    if (setsockopt(control, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room)) != 0)
        setsockopt(control, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
    while (left) {
        ssize_t sent = send(control, text, left, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent > 0) {
            text += sent;
            left -= (size_t)sent;
        } else if ((errno != EAGAIN && errno != EINTR) || !wait_for(control, POLLOUT, until)) {
            return false;
        }
    }
    return shutdown(control, SHUT_WR) == 0;
}

const char *msa_handover_answer(apr_pool_t *pool, int control, int ms, bool *is_over)
{
    apr_time_t until = msa_env_ticks() + apr_time_from_msec(ms);
    char said[MSA_HANDOVER_SAID_MAX + 1];
    size_t length = 0;
    *is_over = false;
    while (!*is_over && length < MSA_HANDOVER_SAID_MAX && wait_for(control, POLLIN, until)) {
        ssize_t got = recv(control, said + length, MSA_HANDOVER_SAID_MAX - length, MSG_DONTWAIT);
        *is_over = got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
        length += got > 0 ? (size_t)got : 0;
        said[length] = '\0';
        if (length && strcmp(said, MSA_HANDOVER_READY) == 0)
            break;
    }
    return length ? apr_pstrmemdup(pool, said, length) : NULL;
}
