/* SPDX-License-Identifier: Apache-2.0 */
/* Works out what the service gets: its user, its socket, its logs, and its configuration as
 * JSON. */

#include "outfit.h"

#include <errno.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <apr_file_info.h>
#include <apr_portable.h>
#include <apr_strings.h>
#include <unixd.h>

#include "../configuration/config.h"
#include "../configuration/dump.h"
#include "life.h"

#define SOCKET "security-auth."

/* ---- the user ---- */

static const char *find_user(apr_pool_t *pool, const char *wanted, msa_launch_t *launch)
{
    bool is_root = geteuid() == 0;
    const struct passwd *user;
    launch->asker = is_root ? ap_unixd_config.user_id : geteuid();
    launch->uid = launch->asker;
    launch->gid = is_root ? ap_unixd_config.group_id : getegid();
    user = is_root && wanted ? getpwnam(wanted) : getpwuid(launch->uid);
    if (is_root && wanted) {
        if (!user)
            return apr_psprintf(pool, "SecurityUser %s is not a user of this system", wanted);
        launch->uid = user->pw_uid;
        launch->gid = user->pw_gid;
    }
    launch->user = user ? apr_pstrdup(pool, user->pw_name) : NULL;
    launch->home = user ? apr_pstrdup(pool, user->pw_dir) : "/";
    return NULL;
}

static void warn_of_user(const server_rec *server, const char *wanted, const msa_launch_t *launch)
{
    if (wanted && (!launch->user || strcmp(wanted, launch->user) != 0))
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, server,
                     "SecurityUser %s is ignored: only an httpd that root starts can run the "
                     "service as another user",
                     wanted);
}

/* ---- the socket ---- */

/* A service may still be listening there, for children that have outlived their httpd. */
static bool is_deserted(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int probe = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool is_refused;
    apr_cpystrn(address.sun_path, path, sizeof(address.sun_path));
    is_refused =
        connect(probe, (struct sockaddr *)&address, sizeof(address)) != 0 && errno == ECONNREFUSED;
    close(probe);
    return is_refused;
}

/* An httpd that was killed leaves its socket behind; in a container the next one gets the
 * same pid. */
static bool is_leftover(const char *name)
{
    char *end;
    long pid;
    if (strncmp(name, SOCKET, sizeof(SOCKET) - 1) != 0)
        return false;
    pid = strtol(name + sizeof(SOCKET) - 1, &end, 10);
    return pid > 0 && *end == '.' && (pid == getpid() || (kill((pid_t)pid, 0) && errno == ESRCH));
}

static void remove_leftovers(apr_pool_t *pool)
{
    const char *folder = ap_runtime_dir_relative(pool, "");
    apr_dir_t *directory;
    apr_finfo_t entry;
    if (!folder || apr_dir_open(&directory, folder, pool) != APR_SUCCESS)
        return;
    while (apr_dir_read(&entry, APR_FINFO_NAME, directory) == APR_SUCCESS) {
        const char *path = ap_runtime_dir_relative(pool, entry.name);
        if (path && is_leftover(entry.name) && is_deserted(path))
            unlink(path);
    }
    apr_dir_close(directory);
}

static const char *find_address(apr_pool_t *pool, int generation, struct sockaddr_un *address)
{
    const char *name = apr_psprintf(pool, SOCKET "%d.%d", (int)getpid(), generation);
    const char *path = ap_runtime_dir_relative(pool, name);
    /* While it is being made its name has one more byte. */
    if (!path || strlen(path) + 1 >= sizeof(address->sun_path))
        return apr_psprintf(pool,
                            "DefaultRuntimeDir is too long: a socket's path has at most %d bytes, "
                            "and %s is longer",
                            (int)sizeof(address->sun_path) - 2, path ? path : name);
    address->sun_family = AF_UNIX;
    apr_cpystrn(address->sun_path, path, sizeof(address->sun_path));
    return NULL;
}

/* ---- the logs ---- */

/* A server that logs to syslog or a provider has no file; standard error is the main server's
 * log. */
static int log_of(const server_rec *server)
{
    apr_os_file_t fd = STDERR_FILENO;
    if (server->error_log)
        apr_os_file_get(&fd, server->error_log);
    return fd;
}

static int index_of(const msa_launch_t *launch, int fd)
{
    for (int i = 0; i < launch->log_count; i++) {
        if (launch->logs[i] == fd)
            return i;
    }
    return -1;
}

static void find_logs(const server_rec *server, msa_launch_t *launch)
{
    for (launch->log_count = 0; server; server = server->next) {
        int fd = log_of(server);
        if (launch->log_count < MSA_HANDOVER_LOGS_MAX && index_of(launch, fd) < 0)
            launch->logs[launch->log_count++] = fd;
    }
}

/* ---- all of it ---- */

const char *msa_outfit_make(apr_pool_t *pool, const struct server_rec *server, int generation,
                            msa_launch_t *launch)
{
    const msa_server_t *config = msa_config_server(server);
    const char *fault = find_user(pool, config->service_user, launch);
    launch->program = config->service_program;
    if (!fault)
        fault = find_address(pool, generation, &launch->address);
    if (fault)
        return fault;
    warn_of_user(server, config->service_user, launch);
    find_logs(server, launch);
    if (generation == 1)
        remove_leftovers(pool);
    return NULL;
}

/* LogLevel also has levels above error, which the service never uses. */
static int log_level_of(const server_rec *server)
{
    int level = ap_get_server_module_loglevel(server, APLOG_MODULE_INDEX) - APLOG_ERR;
    return level < MSA_LOG_ERROR ? -1 : level > MSA_LOG_DEBUG ? MSA_LOG_DEBUG : level;
}

char *msa_outfit_text(apr_pool_t *pool, const struct server_rec *server, const msa_launch_t *launch,
                      const struct msa_link_t *link, int quick_deaths)
{
    const msa_server_t *config = msa_config_server(server);
    json_t *hosts = json_array();
    json_t *json =
        json_pack("{ss ss ss si si sI so}", "version", MSA_VERSION, "secret", link->secret, "key",
                  msa_digest_hex(pool, link->key, sizeof(link->key)), "quick_deaths", quick_deaths,
                  "hash_slots", config->settings.hash_slots, "timeout",
                  (json_int_t)config->service_timeout, "hosts", hosts);
    char *text;
    for (; server; server = server->next) {
        json_t *host = msa_dump_host(server, true);
        int log = index_of(launch, log_of(server));
        json_object_set_new(host, "log", json_integer(log < 0 ? 0 : log));
        json_object_set_new(host, "log_level", json_integer(log_level_of(server)));
        json_array_append_new(hosts, host);
    }
    text = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    return text;
}
