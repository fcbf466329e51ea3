/* SPDX-License-Identifier: Apache-2.0 */
/* One connection to a database: opens it, tells whether it is still alive, and cuts it off. */

#include "lease.h"

#include "../base/env.h"
#include "../base/text.h"

#include <ctype.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <apr_strings.h>

#define FIRST 3 /* after standard error */

/* ---- what to connect to ---- */

/* Reads parameters as the driver does; only those asked for below are not secret. */
static const char *param(apr_pool_t *pool, const char *params, const char *name)
{
    static const char DELIMITERS[] = " \r\n\t;|,";
    const char *found = "-";
    const char *equals = strchr(params, '=');
    while (equals) {
        const char *value = equals + 1, *end = equals, *key;
        size_t length;
        while (end > params && isspace((unsigned char)end[-1]))
            end--;
        for (key = end; key > params && isalpha((unsigned char)key[-1]);)
            key--;
        value += strspn(value, " \r\n\t\v\f");
        length = strcspn(value, DELIMITERS);
        if ((size_t)(end - key) == strlen(name) && strncasecmp(key, name, strlen(name)) == 0)
            found = msa_text_quote(pool, apr_pstrndup(pool, value, length));
        equals = strchr(value + length, '=');
    }
    return found;
}

/* The functions are found if the driver has loaded the library. */
static void ready_mysql(apr_pool_t *pool, msa_target_t *target)
{
    int (*init)(int, char **, char **);
    *(void **)&init = dlsym(RTLD_DEFAULT, "mysql_server_init");
    *(void **)&target->socket_of = dlsym(RTLD_DEFAULT, "mysql_get_socket");
    if (init)
        init(0, NULL, NULL);
    /*
     * The last value wins. A library that reconnects behind our back does so in the middle of a
     * statement, takes any time it likes, and uses a socket that we do not know.
     */
    target->params = apr_pstrcat(pool, target->params, ",reconnect=0", NULL);
    target->name =
        apr_psprintf(pool, "mysql dbname=%s host=%s", param(pool, target->params, "dbname"),
                     param(pool, target->params, "host"));
    target->place = apr_pstrcat(pool, target->name, " port=", param(pool, target->params, "port"),
                                " sock=", param(pool, target->params, "sock"),
                                " group=", param(pool, target->params, "group"), NULL);
}

void msa_target_make(apr_pool_t *pool, const char *driver, const char *params, msa_target_t *target)
{
    *target = (msa_target_t){.driver_name = apr_pstrdup(pool, driver),
                             .params = apr_pstrdup(pool, params)};
    target->name = target->place = target->driver_name;
    if (apr_dbd_get_driver(pool, driver, &target->driver) != APR_SUCCESS)
        target->driver = NULL;
    if (strcmp(driver, "sqlite3") == 0) {
        target->path = target->params;
        target->name = apr_pstrcat(pool, "sqlite3 ", msa_text_quote(pool, params), NULL);
        target->place = apr_pstrcat(pool, "sqlite3 ", params, NULL);
    } else if (target->driver && strcmp(driver, "mysql") == 0) {
        ready_mysql(pool, target);
    }
}

bool msa_file_look(const char *path, msa_file_t *file)
{
    struct statx status;
    if (statx(AT_FDCWD, path, 0, STATX_INO | STATX_BTIME, &status) != 0)
        return false;
    file->device = (apr_uint64_t)status.stx_dev_major << 32 | status.stx_dev_minor;
    file->inode = status.stx_ino;
    file->made_at = 0;
    if (status.stx_mask & STATX_BTIME)
        file->made_at = status.stx_btime.tv_sec * 1000000000 + status.stx_btime.tv_nsec;
    return true;
}

bool msa_file_equal(const msa_file_t *one, const msa_file_t *other)
{
    return one->device == other->device && one->inode == other->inode &&
           one->made_at == other->made_at;
}

apr_uint64_t msa_file_number(const msa_file_t *file)
{
    const apr_uint64_t facts[] = {file->device, file->inode, (apr_uint64_t)file->made_at};
    apr_uint64_t number = 1;
    for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
        number = (number ^ facts[i]) * 0x9E3779B97F4A7C15ULL;
        number ^= number >> 29;
    }
    return number | 1;
}

/* ---- a connection ---- */

msa_lease_t *msa_lease_make(const msa_target_t *target, void *owner)
{
    apr_pool_t *pool = msa_env_pool(0);
    msa_lease_t *lease = apr_pcalloc(pool, sizeof(*lease));
    lease->owner = owner;
    lease->target = target;
    lease->pool = pool;
    lease->socket = -1;
    return lease;
}

static apr_status_t open_handle(msa_lease_t *lease, const char **error)
{
    const msa_target_t *target = lease->target;
    const char *words = NULL;
    apr_status_t status;
    if (!target->driver) {
        *error = "the apr_dbd driver is not installed";
        return APR_EDSOOPEN;
    }
    status = apr_dbd_open_ex(target->driver, lease->pool, target->params, &lease->handle, &words);
    if (status != APR_SUCCESS) {
        lease->handle = NULL;
        *error = words ? msa_text_quote(lease->pool, words) : "the driver does not say why";
    }
    return status;
}

static const char *missing(const msa_lease_t *lease)
{
    char words[80];
    apr_strerror(errno, words, sizeof(words));
    return apr_psprintf(lease->pool, "the file is missing (%s)", words);
}

/* SQLite would create a missing file, and we would serve an empty database. */
static apr_status_t open_file(msa_lease_t *lease, const char **error)
{
    const char *path = lease->target->path;
    msa_file_t opened;
    apr_status_t status;
    if (!msa_file_look(path, &lease->file)) {
        *error = missing(lease);
        return APR_ENOENT;
    }
    status = open_handle(lease, error);
    if (status != APR_SUCCESS)
        return status;
    if (!msa_file_look(path, &opened) || !msa_file_equal(&opened, &lease->file)) {
        *error = "the file was replaced while it was being opened";
        return APR_EGENERAL;
    }
    return APR_SUCCESS;
}

/* A duplicate, because after a failed statement the library's number may be another socket's. */
static void keep_socket(msa_lease_t *lease)
{
    const msa_target_t *target = lease->target;
    int socket = -1;
    if (target->socket_of)
        socket = target->socket_of(apr_dbd_native_handle(target->driver, lease->handle));
    if (socket < 0)
        return;
    fcntl(socket, F_SETFD, FD_CLOEXEC);
    lease->socket = fcntl(socket, F_DUPFD_CLOEXEC, FIRST);
}

apr_status_t msa_lease_open(msa_lease_t *lease, const char **error)
{
    apr_status_t status;
    if (lease->target->path)
        return open_file(lease, error);
    status = open_handle(lease, error);
    if (status == APR_SUCCESS)
        keep_socket(lease);
    return status;
}

/* Between two statements a server has nothing to say, except that it hangs up. */
static bool is_silent(const msa_lease_t *lease)
{
    struct pollfd end = {.fd = lease->socket, .events = POLLIN};
    return poll(&end, 1, 0) == 0;
}

bool msa_lease_is_alive(const msa_lease_t *lease)
{
    const msa_target_t *target = lease->target;
    if (lease->socket >= 0 && is_silent(lease) &&
        target->socket_of(apr_dbd_native_handle(target->driver, lease->handle)) >= 0)
        return true;
    return apr_dbd_check_conn(target->driver, lease->pool, lease->handle) == APR_SUCCESS;
}

bool msa_lease_is_ended(const msa_lease_t *lease)
{
    struct pollfd end = {.fd = lease->socket, .events = POLLRDHUP};
    return poll(&end, 1, 0) > 0;
}

void msa_lease_cut(msa_lease_t *lease)
{
    lease->is_cut = true;
    shutdown(lease->socket, SHUT_RDWR);
}

/* The handle must go before the memory that holds it and its statements. */
static void close_one(msa_lease_t *lease)
{
    int socket = lease->socket;
    if (lease->handle)
        apr_dbd_close(lease->target->driver, lease->handle);
    apr_pool_destroy(lease->pool);
    if (socket >= 0)
        close(socket);
}

void msa_lease_close(msa_lease_t *first)
{
    while (first) {
        msa_lease_t *next = first->next;
        close_one(first);
        first = next;
    }
}
