/* SPDX-License-Identifier: Apache-2.0 */
/* Looks after the service: starts one for each reading of the configuration, replaces it when it
 * dies, and retires it at a restart. */

#include "life.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ap_mpm.h>
#include <apr_strings.h>
#include <apr_thread_proc.h>
#include <mpm_common.h>
#include <openssl/rand.h>

#include "../../base/digest.h"
#include "../configuration/config.h"
#include "handover.h"
#include "launch.h"
#include "memory.h"
#include "outfit.h"

#define START_MS     5000 /* milliseconds for the first service to be ready */
#define HAND_MS      1000 /* for a later one to take its configuration, while httpd waits */
#define END_MS       6000 /* for the last one to end: it may be sending mail */
#define QUICK        apr_time_from_sec(10)
#define PAUSE_MAX    apr_time_from_sec(MSA_HANDOVER_PAUSE_MAX)
#define QUICK_MAX    5 /* after as many deaths in a row, httpd's monitor starts the next one */
#define SECRET_BYTES 16

typedef struct service_t service_t;

/** What is made for one reading of the configuration; in its pool. */
typedef struct generation_t {
    apr_pool_t *pool;
    server_rec *server;
    msa_launch_t launch;
    int ends[2];        /* of the life pipe; every process of this httpd has [1] open */
    service_t *service; /* NULL = there is none */
    int quick_deaths;
} generation_t;

/** One process. Its pool is a child of the process pool, since it may outlive its generation. */
struct service_t {
    apr_pool_t *pool;
    apr_proc_t process;
    generation_t *generation; /* NULL = it is retired */
    const char *path; /* the socket to remove with it; NULL = the next service takes it over */
    int control;
    apr_time_t started_at; /* of msa_env_ticks() */
};

/* Survives restarts: the module is linked so that it is never unloaded. */
static struct {
    pid_t parent;
    apr_pool_t *pool; /* the process pool; NULL before the first start */
    int generations;
    generation_t *now; /* NULL = no engine is on, or it could not be made */
    msa_link_t link;
} life;

static bool is_parent(void)
{
    return getpid() == life.parent;
}

static bool is_stopping(void)
{
    int state;
    return ap_mpm_query(AP_MPMQ_MPM_STATE, &state) == APR_SUCCESS && state == AP_MPMQ_STOPPING;
}

/* ---- a process ---- */

static apr_status_t forget(void *data)
{
    service_t *service = data;
    if (!is_parent())
        return APR_SUCCESS;
    close(service->control);
    if (service->path)
        unlink(service->path);
    return APR_SUCCESS;
}

static void hand_over(generation_t *generation, service_t *service, int ms)
{
    char *text = msa_outfit_text(service->pool, generation->server, &generation->launch, &life.link,
                                 generation->quick_deaths);
    bool is_taken = text && msa_handover_write(service->control, text, ms);
    if (text)
        msa_digest_wipe(text, strlen(text));
    free(text);
    if (!is_taken)
        kill(service->process.pid, SIGKILL); /* it must not run with half a configuration */
}

static void attend(int reason, void *data, int status);

static bool start(generation_t *generation, int ms)
{
    apr_pool_t *pool;
    service_t *service;
    const char *what = NULL;
    apr_status_t status;
    apr_pool_create(&pool, life.pool);
    service = apr_pcalloc(pool, sizeof(*service));
    status = msa_launch(pool, &generation->launch, &service->process.pid, &service->control, &what);
    if (status != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, status, generation->server,
                     "the service cannot be started: %s cannot be created", what);
        apr_pool_destroy(pool);
        return false;
    }
    service->pool = pool;
    service->generation = generation;
    service->path = apr_pstrdup(pool, generation->launch.address.sun_path);
    service->started_at = msa_env_ticks();
    apr_pool_cleanup_register(pool, service, forget, apr_pool_cleanup_null);
    apr_proc_other_child_register(&service->process, attend, service, NULL, pool);
    generation->service = service;
    hand_over(generation, service, ms);
    return true;
}

/* ---- its end ---- */

static void tell_end(const service_t *service, int status)
{
    const server_rec *server = service->generation->server;
    bool is_over;
    const char *said = msa_handover_answer(service->pool, service->control, 0, &is_over);
    if (said && strcmp(said, MSA_HANDOVER_READY) != 0)
        ap_log_error(APLOG_MARK, APLOG_CRIT, 0, server, "the service cannot run: %s", said);
    /* httpd does not say which of the two the number is. */
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, server,
                 "the service, process %d, has ended with status or signal %d; another one is "
                 "being started",
                 (int)service->process.pid, status);
}

static void count_death(generation_t *generation, const service_t *service)
{
    apr_time_t lived = msa_env_ticks() - service->started_at;
    /* After earlier deaths a service pauses before it begins. */
    if (lived > (generation->quick_deaths ? QUICK + PAUSE_MAX : QUICK))
        generation->quick_deaths = 0;
    else if (generation->quick_deaths < APR_INT16_MAX)
        generation->quick_deaths++;
}

/* Called from httpd's main loop for every process we have started, so it must never wait. */
static void attend(int reason, void *data, int status)
{
    service_t *service = data;
    generation_t *generation = service->generation;
    bool is_missed;
    if (reason != APR_OC_REASON_DEATH && reason != APR_OC_REASON_LOST)
        return;
    is_missed = generation && !is_stopping();
    if (generation)
        generation->service = NULL;
    if (is_missed) {
        tell_end(service, status);
        count_death(generation, service);
        service->path = NULL;
    }
    apr_pool_destroy(service->pool);
    if (is_missed && generation->quick_deaths < QUICK_MAX)
        start(generation, HAND_MS);
}

/* httpd's only timer, about every ten seconds. */
static int start_again(apr_pool_t *pool, server_rec *server)
{
    (void)pool;
    (void)server;
    if (life.now && is_parent() && !life.now->service && !is_stopping())
        start(life.now, HAND_MS);
    return OK;
}

/* ---- a generation ---- */

/* Its remaining children are served until they end, but their service is not restarted. */
static apr_status_t retire(void *data)
{
    generation_t *generation = data;
    if (!is_parent())
        return APR_SUCCESS;
    close(generation->ends[0]);
    close(generation->ends[1]);
    if (generation->service) {
        generation->service->generation = NULL;
        kill(generation->service->process.pid, SIGUSR1);
    } else {
        unlink(generation->launch.address.sun_path);
    }
    life.now = NULL;
    return APR_SUCCESS;
}

/*
 * httpd waits for its piped loggers to end, which wait for the end of their input, which the
 * service holds open too: so the service goes first. Once httpd has ended, a service manager may
 * kill what is left, mailers included: hence the wait.
 */
static apr_status_t before_exit(void *data)
{
    generation_t *generation = life.now;
    service_t *service = generation ? generation->service : NULL;
    (void)data;
    if (!generation || !is_parent())
        return APR_SUCCESS;
    apr_pool_cleanup_run(generation->pool, generation, retire);
    for (int ms = 0; service && ms < END_MS && waitpid(service->process.pid, NULL, WNOHANG) == 0;
         ms += 10)
        apr_sleep(apr_time_from_msec(10));
    return APR_SUCCESS;
}

static bool make_link(apr_pool_t *pool)
{
    unsigned char secret[SECRET_BYTES];
    life.link.table = NULL;
    if (RAND_bytes(secret, sizeof(secret)) != 1)
        return false;
    apr_cpystrn(life.link.secret, msa_digest_hex(pool, secret, sizeof(secret)),
                sizeof(life.link.secret));
    return true;
}

/* Once per httpd: what is in the table must be found again after a restart. */
static bool begin_life(server_rec *server)
{
    life.parent = getpid();
    if (life.pool)
        return true;
    if (RAND_bytes(life.link.key, sizeof(life.link.key)) != 1)
        return false;
    life.pool = server->process->pool;
    apr_pool_pre_cleanup_register(life.pool, NULL, before_exit);
    return true;
}

static generation_t *refuse(const server_rec *server, apr_status_t status, const char *fault)
{
    ap_log_error(APLOG_MARK, APLOG_CRIT, status, server, "%s", fault);
    return NULL;
}

static generation_t *make_generation(apr_pool_t *pconf, server_rec *server)
{
    generation_t *generation = apr_pcalloc(pconf, sizeof(*generation));
    const char *fault;
    apr_status_t status;
    if (!begin_life(server) || !make_link(pconf))
        return refuse(server, APR_EGENERAL, "no random numbers are available");
    fault = msa_outfit_make(pconf, server, ++life.generations, &generation->launch);
    if (fault)
        return refuse(server, 0, fault);
    status =
        msa_memory_make(generation->launch.uid, (apr_size_t)msa_config_server(server)->cache_size);
    if (status != APR_SUCCESS)
        return refuse(server, status, "the record table cannot be created");
    if (pipe2(generation->ends, O_CLOEXEC) != 0)
        return refuse(server, errno, "a pipe cannot be created");
    generation->pool = pconf;
    generation->server = server;
    generation->launch.life = generation->ends[0];
    life.link.address = generation->launch.address;
    life.now = generation;
    apr_pool_cleanup_register(pconf, generation, retire, apr_pool_cleanup_null);
    return generation;
}

static bool is_ready(const generation_t *generation)
{
    service_t *service = generation->service;
    bool is_over;
    const char *said = msa_handover_answer(service->pool, service->control, START_MS, &is_over);
    if (said && strcmp(said, MSA_HANDOVER_READY) == 0)
        return true;
    if (!said)
        said = is_over ? "it ended without giving a reason" : "it was not ready within 5 seconds";
    refuse(generation->server, 0, apr_psprintf(service->pool, "the service cannot run: %s", said));
    kill(service->process.pid, SIGKILL);
    return false;
}

int msa_life_start(apr_pool_t *pconf, server_rec *server)
{
    /* A failure would end httpd: acceptable at its start, but not at a restart, when it has
     * visitors. */
    bool is_first = ap_state_query(AP_SQ_CONFIG_GEN) <= 1;
    generation_t *generation = make_generation(pconf, server);
    bool is_up = generation && start(generation, is_first ? START_MS : HAND_MS) &&
                 (!is_first || is_ready(generation));
    return is_up || !is_first ? OK : HTTP_INTERNAL_SERVER_ERROR;
}

/* ---- in the children ---- */

void msa_life_child_init(server_rec *server)
{
    bool is_child = !is_parent(); /* with httpd -X, parent and child are one process */
    apr_status_t status;
    if (!life.now)
        return;
    if (is_child && life.now->service)
        close(life.now->service->control);
    status = msa_memory_map(is_child, &life.link.table);
    if (status == APR_SUCCESS)
        return;
    life.link.table = NULL;
    ap_log_error(APLOG_MARK, APLOG_CRIT, status, server, "the record table cannot be read");
}

void msa_life_register(void)
{
    ap_hook_monitor(start_again, NULL, NULL, APR_HOOK_MIDDLE);
}

const msa_link_t *msa_link_get(void)
{
    return life.now ? &life.link : NULL;
}
