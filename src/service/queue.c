/* SPDX-License-Identifier: Apache-2.0 */
/* CLASSES[]: what waits for a worker. The urgent comes first, nothing takes all workers, and
 * whoever would wait too long is told at once. */

#include "queue.h"

#include <pthread.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "answer.h"

#define WORKERS_MIN 10
#define WORKERS_MAX 64

/** Kinds of work, the most urgent first. */
typedef enum { LOOK_UPS, PAGES, HASHES, NEWCOMERS, CLASS_COUNT } class_t;

/** What is less urgent never takes the last workers from what is more so. */
static const struct {
    int waiting_max;
    int reserve; /* workers that it leaves free for the others */
} CLASSES[CLASS_COUNT] = {
    [LOOK_UPS] = {512, 0},
    [PAGES] = {256, 2},
    [HASHES] = {256, 4},
    [NEWCOMERS] = {128, 7},
};

typedef struct line_t {
    msa_job_t *first, **last;
    int waiting, busy;
    apr_interval_time_t mean; /* of the last ones, from begin to end */
} line_t;

static struct {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    line_t lines[CLASS_COUNT];
    int workers, alive;
    int *busy_at; /* of each database */
    bool is_ending;
} queue = {.lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER};

/* Whoever registers waits for others who do, and would keep all workers from those who sign in. */
static class_t class_of_page(const msa_job_t *job)
{
    const char *method = msa_packet_text(job->question, MSA_TAG_METHOD);
    const char *path = msa_packet_text(job->question, MSA_TAG_PATH);
    const msa_route_t *route = path ? msa_route_find(&job->host->settings, path) : NULL;
    if (!route || !method || !msa_route_reads_body(route, method))
        return PAGES;
    return msa_route_registers(route) ? NEWCOMERS : HASHES;
}

static class_t class_of(const msa_job_t *job)
{
    const msa_packet_head_t *question = job->question;
    if (question->kind == MSA_TALK_PAGE)
        return class_of_page(job);
    switch (msa_packet_number(question, MSA_TAG_PROOF_KIND, 0)) {
    case MSA_PROOF_PASSWORD:
    case MSA_PROOF_BASIC:
        return HASHES;
    default:
        return LOOK_UPS;
    }
}

/* When there are several databases, one that hangs leaves workers to the others. */
static int database_limit(void)
{
    return msa_service.databases->nelts > 1 ? queue.workers / 2 : queue.workers;
}

static bool may_begin(const msa_job_t *job)
{
    return !job->host->database || queue.busy_at[job->host->database_number] < database_limit();
}

/* Nor may one begin where it would take what the classes before it leave to each other. */
static bool has_worker(class_t class)
{
    int busy = 0;
    for (int i = CLASS_COUNT - 1; i >= 0; i--) {
        busy += queue.lines[i].busy;
        if (i <= (int)class && busy >= queue.workers - CLASSES[i].reserve)
            return false;
    }
    return true;
}

static msa_job_t *take_from(line_t *line)
{
    msa_job_t **place = &line->first;
    msa_job_t *job;
    while (*place && !may_begin(*place))
        place = &(*place)->next;
    job = *place;
    if (!job)
        return NULL;
    *place = job->next;
    if (!*place)
        line->last = place;
    line->waiting--;
    line->busy++;
    if (job->host->database)
        queue.busy_at[job->host->database_number]++;
    return job;
}

static msa_job_t *take(class_t *class)
{
    msa_job_t *job = NULL;
    for (int i = 0; !job && i < CLASS_COUNT; i++) {
        *class = (class_t)i;
        if (has_worker(*class))
            job = take_from(&queue.lines[i]);
    }
    return job;
}

static void note_end(class_t class, const msa_host_t *host, apr_interval_time_t took)
{
    line_t *line = &queue.lines[class];
    line->busy--;
    line->mean += (took - line->mean) / 8;
    if (host->database)
        queue.busy_at[host->database_number]--;
}

/* What nobody waits for any more is not begun: a hash for nobody makes the next one late. */
static void work_on(msa_job_t *job, apr_pool_t *pool)
{
    if (msa_env_ticks() >= job->until)
        msa_job_finish(job, NULL);
    else
        msa_answer(job, pool);
    apr_pool_clear(pool);
}

static apr_pool_t *make_pool(void)
{
    apr_allocator_t *allocator = NULL;
    apr_pool_t *pool = NULL;
    if (apr_allocator_create(&allocator) != APR_SUCCESS ||
        apr_pool_create_ex(&pool, NULL, NULL, allocator) != APR_SUCCESS)
        abort();
    apr_allocator_owner_set(allocator, pool);
    apr_allocator_max_free_set(allocator, 1 << 20);
    return pool;
}

static void *work(void *data)
{
    apr_pool_t *pool = make_pool();
    (void)data;
    prctl(PR_SET_NAME, "sa-worker");
    pthread_mutex_lock(&queue.lock);
    for (;;) {
        class_t class = LOOK_UPS;
        msa_job_t *job = take(&class);
        const msa_host_t *host;
        apr_time_t began;
        if (!job && queue.is_ending)
            break;
        if (!job) {
            pthread_cond_wait(&queue.wake, &queue.lock);
            continue;
        }
        /* What one end has freed may be enough for two. */
        pthread_cond_signal(&queue.wake);
        host = job->host;
        pthread_mutex_unlock(&queue.lock);
        began = msa_env_ticks();
        work_on(job, pool);
        pthread_mutex_lock(&queue.lock);
        note_end(class, host, msa_env_ticks() - began);
    }
    queue.alive--;
    pthread_mutex_unlock(&queue.lock);
    apr_pool_destroy(pool);
    return NULL;
}

apr_status_t msa_queue_start(void)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    int wanted = processors > 0 ? 2 * (int)processors + 6 : WORKERS_MIN;
    queue.workers = wanted < WORKERS_MIN   ? WORKERS_MIN
                    : wanted > WORKERS_MAX ? WORKERS_MAX
                                           : wanted;
    queue.busy_at =
        apr_pcalloc(msa_service.pool, sizeof(int) * (apr_size_t)(msa_service.databases->nelts + 1));
    for (int i = 0; i < CLASS_COUNT; i++)
        queue.lines[i].last = &queue.lines[i].first;
    for (int i = 0; i < queue.workers; i++) {
        pthread_t thread;
        int error = pthread_create(&thread, NULL, work, NULL);
        if (error)
            return error;
        pthread_detach(thread);
        queue.alive++;
    }
    return APR_SUCCESS;
}

/* By what those before have taken, it would not be its turn in time. */
static bool comes_too_late(class_t class, const msa_job_t *job)
{
    const line_t *line = &queue.lines[class];
    int workers = queue.workers - CLASSES[class].reserve;
    return line->waiting / workers * line->mean > job->until - job->came;
}

void msa_queue_put(msa_job_t *job)
{
    class_t class = class_of(job);
    line_t *line = &queue.lines[class];
    bool is_refused;
    pthread_mutex_lock(&queue.lock);
    is_refused = queue.is_ending || line->waiting >= CLASSES[class].waiting_max ||
                 comes_too_late(class, job);
    if (!is_refused) {
        *line->last = job;
        line->last = &job->next;
        line->waiting++;
        pthread_cond_signal(&queue.wake);
    }
    pthread_mutex_unlock(&queue.lock);
    if (is_refused)
        msa_job_refuse(job, MSA_BUSY);
}

void msa_queue_end(void)
{
    pthread_mutex_lock(&queue.lock);
    queue.is_ending = true;
    pthread_cond_broadcast(&queue.wake);
    pthread_mutex_unlock(&queue.lock);
}

bool msa_queue_has_ended(void)
{
    bool has_ended;
    pthread_mutex_lock(&queue.lock);
    has_ended = queue.alive == 0;
    pthread_mutex_unlock(&queue.lock);
    return has_ended;
}
