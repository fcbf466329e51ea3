/* SPDX-License-Identifier: Apache-2.0 */
/* The memory of the record table as httpd's parent keeps it: made once, writable for the service
 * alone, mapped read-only by each child. */

#include "memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../wire/table.h"

static struct {
    int table, recency;
    bool is_writable; /* `table` is open for writing */
} memory = {.table = -1, .recency = -1};

/* A new open file description. Only the owner and root can get one, and only through /proc. */
static int reopen(int fd, int flags)
{
    char path[32];
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    return open(path, flags | O_CLOEXEC);
}

/*
 * Started by root, this process keeps only a read-only description. So whatever it forks, children
 * and their scripts included, cannot write the table, nor reopen it for writing when it belongs to
 * a user other than httpd's. If httpd was not started by root, everything runs as one user, who
 * could reopen it anyway, and the writable description is kept. The same goes when /proc is not
 * mounted.
 */
static void give_up_writing(void)
{
    int readable = geteuid() == 0 ? reopen(memory.table, O_RDONLY) : -1;
    memory.is_writable = readable < 0;
    if (memory.is_writable)
        return;
    close(memory.table);
    memory.table = readable;
}

static apr_status_t make(apr_size_t records)
{
    int table = -1, recency = -1;
    apr_status_t status = msa_table_make(records, &table);
    if (status == APR_SUCCESS)
        status = msa_table_make_recency(records, &recency);
    if (status != APR_SUCCESS) {
        if (table >= 0)
            close(table);
        return status;
    }
    memory.table = table;
    memory.recency = recency;
    give_up_writing();
    return APR_SUCCESS;
}

apr_status_t msa_memory_make(uid_t owner, apr_size_t records)
{
    apr_status_t status = memory.table < 0 ? make(records) : APR_SUCCESS;
    if (status != APR_SUCCESS)
        return status;
    if (fchmod(memory.table, S_IRUSR | S_IWUSR) != 0 ||
        (geteuid() == 0 && fchown(memory.table, owner, (gid_t)-1) != 0))
        return errno;
    return APR_SUCCESS;
}

int msa_memory_open(void)
{
    return memory.is_writable ? fcntl(memory.table, F_DUPFD_CLOEXEC, 0)
                              : reopen(memory.table, O_RDWR);
}

int msa_memory_recency(void)
{
    return memory.recency;
}

/* A child's mapping lasts until it exits: its threads may still read when its pools are
 * destroyed. */
apr_status_t msa_memory_map(bool may_close, struct msa_table_t **table)
{
    apr_pool_t *pool = NULL;
    apr_status_t status = apr_pool_create_unmanaged_ex(&pool, NULL, NULL);
    if (status == APR_SUCCESS)
        status = msa_table_map(pool, memory.table, memory.recency, false, table);
    if (may_close) {
        close(memory.table);
        close(memory.recency);
        memory.table = memory.recency = -1;
    }
    return status;
}
