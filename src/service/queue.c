/* SPDX-License-Identifier: Apache-2.0 */
/* CLASSES[]: questions waiting for a worker. The most urgent come first, no class takes all
 * workers, and a question that would wait too long is refused at once. */

#include "queue.h"
#include "answer.h"

#include <pthread.h>
#include <sys/prctl.h>
#include <unistd.h>

#define WORKERS_MIN 10        /* of one database */
#define THREADS_MAX 128       /* for all databases */
#define POOL_KEPT   (1 << 20) /* bytes that a worker keeps for its next question */

/** Kinds of work, the most urgent first. */
typedef enum { LOOK_UPS, PAGES, HASHES, NEWCOMERS, CLASS_COUNT } class_t;

/** Less urgent work never takes the last workers from more urgent work. */
static const struct {
    int waiting_max;
    int reserve; /* workers left free for the classes before it */
} CLASSES[CLASS_COUNT] = {
    [LOOK_UPS] = {512, 0},
    [PAGES] = {256, 2},
    [HASHES] = {256, 4},
    [NEWCOMERS] = {128, 7},
};

typedef struct line_t {
    msa_job_t *first, **last;
    int waiting, busy;
    apr_interval_time_t mean; /* time from begin to end, a moving average */
} line_t;

/** Questions for one database. If it hangs, only those who ask for it wait. */
typedef struct lane_t {
    line_t lines[CLASS_COUNT];
} lane_t;

static struct {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    lane_t *lanes; /* one for each database; the last one for hosts without any */
    int lane_count;
    int next;    /* the lane to look at first */
    int workers; /* that one lane may have busy */
    int alive;   /* in all lanes */
    bool is_ending;
} queue = {.lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER};

/* Registrations wait for one another, and would take all workers from those who sign in. */
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

static lane_t *lane_of(const msa_host_t *host)
{
    return &queue.lanes[host->database ? host->database_number : queue.lane_count - 1];
}

/* Nor may a question begin with a worker that more urgent classes leave to each other. */
static bool has_worker(const lane_t *lane, class_t class)
{
    int busy = 0;
    for (int i = CLASS_COUNT - 1; i >= 0; i--) {
        busy += lane->lines[i].busy;
        if (i <= (int)class && busy >= queue.workers - CLASSES[i].reserve)
            return false;
    }
    return true;
}

static msa_job_t *take_from(line_t *line)
{
    msa_job_t *job = line->first;
    line->first = job->next;
    if (!line->first)
        line->last = &line->first;
    line->waiting--;
    line->busy++;
    return job;
}

static msa_job_t *take_job(class_t *class)
{
    for (int i = 0; i < CLASS_COUNT; i++) {
        *class = (class_t)i;
        for (int n = 0; n < queue.lane_count; n++) {
            int number = (queue.next + n) % queue.lane_count;
            lane_t *lane = &queue.lanes[number];
            if (!lane->lines[i].first || !has_worker(lane, *class))
                continue;
            queue.next = number + 1;
            return take_from(&lane->lines[i]);
        }
    }
    return NULL;
}

static void note_end(line_t *line, apr_interval_time_t took)
{
    line->busy--;
    line->mean += (took - line->mean) / 8;
}

/* Work that nobody waits for any more is not begun: a useless hash delays the next one. */
static void work_on(msa_job_t *job, apr_pool_t *pool)
{
    if (msa_env_ticks() >= job->until)
        msa_job_finish(job, NULL);
    else
        msa_answer(job, pool);
    apr_pool_clear(pool);
}

static void *work(void *data)
{
    apr_pool_t *pool = msa_env_pool(POOL_KEPT);
    (void)data;
    prctl(PR_SET_NAME, "sa-worker");
    pthread_mutex_lock(&queue.lock);
    for (;;) {
        class_t class = LOOK_UPS;
        msa_job_t *job = take_job(&class);
        line_t *line;
        apr_time_t began;
        if (!job && queue.is_ending)
            break;
        if (!job) {
            pthread_cond_wait(&queue.wake, &queue.lock);
            continue;
        }
        /* One worker that becomes free may allow two questions to begin. */
        pthread_cond_signal(&queue.wake);
        line = &lane_of(job->host)->lines[class];
        pthread_mutex_unlock(&queue.lock);
        began = msa_env_ticks();
        work_on(job, pool);
        pthread_mutex_lock(&queue.lock);
        note_end(line, msa_env_ticks() - began);
    }
    queue.alive--;
    pthread_mutex_unlock(&queue.lock);
    apr_pool_destroy(pool);
    return NULL;
}

static int within(int least, int number, int most)
{
    return number < least ? least : number > most ? most : number;
}

static void make_lanes(void)
{
    queue.lane_count = msa_service.databases->nelts + 1;
    queue.lanes = apr_pcalloc(msa_service.pool, sizeof(lane_t) * (apr_size_t)queue.lane_count);
    for (int i = 0; i < queue.lane_count; i++) {
        for (int class = 0; class < CLASS_COUNT; class ++)
            queue.lanes[i].lines[class].last = &queue.lanes[i].lines[class].first;
    }
}

apr_status_t msa_queue_start(void)
{
    int processors = (int)sysconf(_SC_NPROCESSORS_ONLN);
    int share, threads;
    make_lanes();
    /* So that all lanes but one, if they hang, leave workers to that one. */
    share = THREADS_MAX / queue.lane_count;
    queue.workers =
        within(WORKERS_MIN, 2 * processors + 6, share > WORKERS_MIN ? share : WORKERS_MIN);
    threads = within(queue.workers, queue.workers * msa_service.databases->nelts, THREADS_MAX);
    for (int i = 0; i < threads; i++) {
        pthread_t thread;
        int error = pthread_create(&thread, NULL, work, NULL);
        if (error)
            return error;
        pthread_detach(thread);
        queue.alive++;
    }
    return APR_SUCCESS;
}

/* True when its turn would not come in time, judging by how long the last ones took. */
static bool comes_too_late(const line_t *line, class_t class, const msa_job_t *job)
{
    int workers = queue.workers - CLASSES[class].reserve;
    return line->waiting / workers * line->mean > job->until - job->came;
}

void msa_queue_put(msa_job_t *job)
{
    class_t class = class_of(job);
    line_t *line = &lane_of(job->host)->lines[class];
    bool is_refused;
    pthread_mutex_lock(&queue.lock);
    is_refused = queue.is_ending || line->waiting >= CLASSES[class].waiting_max ||
                 comes_too_late(line, class, job);
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
