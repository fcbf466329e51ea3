/* SPDX-License-Identifier: Apache-2.0 */
/* The memory of the record table: how large it is, how it is made and mapped, and whether another
 * process laid it out alike. */

#include "table_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME           "msa records 2" /* change the number whenever a word changes its meaning */
#define LARGE_MIN      64
#define SMALL_BY_LARGE 1024
#define BAD_RECORDS    8192
#define RECORDS_MAX    (SIZE_MAX / 1024)

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U /* Linux 6.3 */
#endif

/* Most records fit into 512 bytes, all of them into the large size. */
static const apr_size_t RECORD_WORDS[MSA_SHELF_COUNT] = {
    [MSA_SHELF_SMALL] = 64,
    [MSA_SHELF_LARGE] = MSA_WORD_BLOCK + MSA_RECORD_BYTES_MAX / sizeof(apr_uint64_t),
    [MSA_SHELF_BAD] = MSA_WORD_BLOCK,
};

/* ---- sizes ---- */

static apr_size_t whole_buckets(apr_size_t records)
{
    apr_size_t buckets = (records + MSA_TABLE_PLACES - 1) / MSA_TABLE_PLACES;
    return MSA_TABLE_PLACES * (buckets ? buckets : 1);
}

static msa_table_head_t head_make(apr_size_t records)
{
    apr_size_t small = whole_buckets(records);
    apr_size_t large = whole_buckets(small / SMALL_BY_LARGE);
    msa_table_head_t head;
    memset(&head, 0, sizeof(head));
    memcpy(head.name, NAME, sizeof(NAME));
    head.generations = sizeof(msa_table_memory_t);
    head.block = sizeof(msa_record_t);
    for (int i = 0; i < MSA_SHELF_COUNT; i++)
        head.words[i] = RECORD_WORDS[i];
    head.records[MSA_SHELF_SMALL] = small;
    head.records[MSA_SHELF_LARGE] = large > LARGE_MIN ? large : LARGE_MIN;
    head.records[MSA_SHELF_BAD] = BAD_RECORDS;
    return head;
}

static apr_size_t table_size(const msa_table_head_t *head)
{
    apr_size_t size = sizeof(msa_table_memory_t);
    for (int i = 0; i < MSA_SHELF_COUNT; i++)
        size += head->records[i] * head->words[i] * sizeof(apr_uint64_t);
    return size;
}

static apr_size_t recency_size(const msa_table_head_t *head)
{
    return head->records[MSA_SHELF_SMALL] + head->records[MSA_SHELF_LARGE];
}

/* ---- making ---- */

static int memory_open(const char *name)
{
    int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
    if (fd < 0 && errno == EINVAL)
        fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    return fd;
}

/* Sealed, so that nobody who maps it can find themselves beyond its end. */
static apr_status_t memory_shape(int fd, apr_size_t size, const msa_table_head_t *head)
{
    if (fchmod(fd, S_IRUSR | S_IWUSR) < 0 || ftruncate(fd, (off_t)size) < 0)
        return errno;
    if (head && pwrite(fd, head, sizeof(*head), 0) != (ssize_t)sizeof(*head))
        return errno ? errno : EIO;
    return fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0 ? errno
                                                                                 : APR_SUCCESS;
}

static apr_status_t memory_make(const char *name, apr_size_t size, const msa_table_head_t *head,
                                int *fd)
{
    int made = memory_open(name);
    apr_status_t status = made < 0 ? errno : memory_shape(made, size, head);
    if (status == APR_SUCCESS)
        *fd = made;
    else if (made >= 0)
        close(made);
    return status;
}

apr_status_t msa_table_make(apr_size_t records, int *fd)
{
    msa_table_head_t head = head_make(records);
    return records > RECORDS_MAX
               ? APR_EINVAL
               : memory_make("security-auth-records", table_size(&head), &head, fd);
}

apr_status_t msa_table_make_recency(apr_size_t records, int *fd)
{
    msa_table_head_t head = head_make(records);
    return records > RECORDS_MAX
               ? APR_EINVAL
               : memory_make("security-auth-recency", recency_size(&head), NULL, fd);
}

/* ---- mapping ---- */

typedef struct mapping_t {
    void *start;
    apr_size_t size;
} mapping_t;

static apr_status_t mapping_end(void *data)
{
    mapping_t *mapping = data;
    return munmap(mapping->start, mapping->size) < 0 ? errno : APR_SUCCESS;
}

static apr_status_t mapping_make(apr_pool_t *pool, int fd, bool is_writable, mapping_t **mapping)
{
    int protection = is_writable ? PROT_READ | PROT_WRITE : PROT_READ;
    int seals = fcntl(fd, F_GET_SEALS);
    mapping_t *made = apr_palloc(pool, sizeof(*made));
    struct stat file;
    if (seals < 0 || !(seals & F_SEAL_SHRINK) || fstat(fd, &file) < 0 || file.st_size <= 0)
        return APR_EINVAL;
    made->size = (apr_size_t)file.st_size;
    made->start = mmap(NULL, made->size, protection, MAP_SHARED, fd, 0);
    if (made->start == MAP_FAILED)
        return errno;
    apr_pool_cleanup_register(pool, made, mapping_end, apr_pool_cleanup_null);
    *mapping = made;
    return APR_SUCCESS;
}

/* The head must be what this build makes for as many entries, and the file as large as it says. */
static bool is_of_this_build(const mapping_t *mapping, const msa_table_head_t *head)
{
    msa_table_head_t made;
    if (head->records[MSA_SHELF_SMALL] > RECORDS_MAX)
        return false;
    made = head_make(head->records[MSA_SHELF_SMALL]);
    return memcmp(&made, head, sizeof(made)) == 0 && table_size(head) == mapping->size;
}

static void put_up_shelves(msa_table_t *table, const msa_table_head_t *head, unsigned char *recency)
{
    apr_uint64_t *words = (apr_uint64_t *)(table->memory + 1);
    for (int i = 0; i < MSA_SHELF_COUNT; i++) {
        msa_shelf_t *shelf = &table->shelves[i];
        shelf->words = words;
        shelf->record_words = head->words[i];
        shelf->buckets = head->records[i] / MSA_TABLE_PLACES;
        shelf->recency = i == MSA_SHELF_BAD ? NULL : recency;
        words += head->records[i] * head->words[i];
        if (shelf->recency)
            recency += head->records[i];
    }
}

static apr_status_t table_map(apr_pool_t *pool, int fd, int recency_fd, bool is_writer,
                              msa_table_t *table)
{
    mapping_t *mapping = NULL, *recency = NULL;
    msa_table_head_t head;
    apr_status_t status = mapping_make(pool, fd, is_writer, &mapping);
    if (status == APR_SUCCESS && recency_fd >= 0)
        status = mapping_make(pool, recency_fd, true, &recency);
    if (status != APR_SUCCESS)
        return status;
    if (mapping->size < sizeof(msa_table_memory_t))
        return APR_EINVAL;
    memcpy(&head, mapping->start, sizeof(head));
    if (!is_of_this_build(mapping, &head) || (recency && recency->size != recency_size(&head)))
        return APR_EINVAL;
    table->memory = mapping->start;
    put_up_shelves(table, &head, recency ? recency->start : NULL);
    return APR_SUCCESS;
}

apr_status_t msa_table_map(apr_pool_t *pool, int fd, int recency_fd, bool is_writer,
                           msa_table_t **table)
{
    apr_pool_t *own;
    msa_table_t *made;
    apr_status_t status = apr_pool_create(&own, pool);
    if (status != APR_SUCCESS)
        return status;
    made = apr_pcalloc(own, sizeof(*made));
    status = table_map(own, fd, recency_fd, is_writer, made);
    if (status == APR_SUCCESS)
        *table = made;
    else
        apr_pool_destroy(own);
    return status;
}
