/* SPDX-License-Identifier: Apache-2.0 */
/* argon2id, the default, and its relatives, also as Django writes them; the memory is reused
 * between hashes. */

#include "scheme.h"

#include "base64.h"
#include "../base/digest.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <argon2.h>

#include <apr_strings.h>

#define MEMORY_MAX   1048576 /* KiB */
#define TIME_MAX     10
#define LANES_MAX    16
#define SALT_BYTES   16
#define DIGEST_BYTES 32
#define BYTES_MAX    64 /* of a stored salt or digest */
#define ARENAS_KEPT  2
#define ARENA_MAX    ((size_t)64 << 20) /* bytes; a larger one is unmapped at once */

/* ---- memory ---- */

/* libargon2 gives its allocator no context, hence a static; and blocks of this size, once freed,
 * stay with malloc in the heap of each thread. So the few that the hash slots allow at a time are
 * mapped here and reused. */
static struct {
    pthread_mutex_t lock;
    struct {
        uint8_t *memory;
        size_t size;
    } kept[ARENAS_KEPT];
} arenas = {.lock = PTHREAD_MUTEX_INITIALIZER};

static int take_arena(uint8_t **memory, size_t size)
{
    uint8_t *found = NULL;
    void *mapped;
    pthread_mutex_lock(&arenas.lock);
    for (int i = 0; !found && i < ARENAS_KEPT; i++) {
        if (arenas.kept[i].memory && arenas.kept[i].size == size) {
            found = arenas.kept[i].memory;
            arenas.kept[i].memory = NULL;
        }
    }
    pthread_mutex_unlock(&arenas.lock);
    if (found) {
        *memory = found;
        return 0;
    }
    mapped = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED)
        return -1;
    *memory = mapped;
    return 0;
}

/* libargon2 wipes the memory before it frees it (FLAG_clear_internal_memory). Of many children few
 * hash at any time: what they keep, the system may take back when it runs short. */
static void give_arena(uint8_t *memory, size_t size)
{
    madvise(memory, size, MADV_FREE);
    pthread_mutex_lock(&arenas.lock);
    for (int i = 0; size <= ARENA_MAX && i < ARENAS_KEPT; i++) {
        /* Of another size than is kept: the stored value has other costs, or the costs were
         * changed. */
        if (arenas.kept[i].memory && arenas.kept[i].size == size)
            continue;
        uint8_t *before = arenas.kept[i].memory;
        size_t before_size = arenas.kept[i].size;
        arenas.kept[i].memory = memory;
        arenas.kept[i].size = size;
        memory = before;
        size = before_size;
        break;
    }
    pthread_mutex_unlock(&arenas.lock);
    if (memory)
        munmap(memory, size);
}

/* ---- stored form: $argon2id$v=19$m=19456,t=2,p=1$SALT$DIGEST (PHC string format) ---- */

typedef struct parts_t {
    argon2_type type;
    uint32_t version, memory, time, lanes;
    unsigned char salt[BYTES_MAX], digest[BYTES_MAX];
    apr_size_t salt_length, digest_length;
} parts_t;

static const struct {
    const char *prefix;
    argon2_type type;
} TYPES[] = {
    {"$argon2id$", Argon2_id},
    {"$argon2i$",  Argon2_i },
    {"$argon2d$",  Argon2_d },
};

static bool read_argon2_number(const char **text, const char *name, uint32_t *number)
{
    apr_size_t length = strlen(name);
    char *end = NULL;
    unsigned long long value;
    if (strncmp(*text, name, length) != 0 || (*text)[length] < '0' || (*text)[length] > '9')
        return false;
    value = strtoull(*text + length, &end, 10);
    if (value > UINT32_MAX)
        return false;
    *number = (uint32_t)value;
    *text = end;
    return true;
}

static const char *parse_type(const char *stored, parts_t *parts)
{
    for (size_t i = 0; i < sizeof(TYPES) / sizeof(TYPES[0]); i++) {
        apr_size_t length = strlen(TYPES[i].prefix);
        if (strncmp(stored, TYPES[i].prefix, length) == 0) {
            parts->type = TYPES[i].type;
            return stored + length;
        }
    }
    return NULL;
}

static bool parse_argon2(const char *stored, parts_t *parts)
{
    const char *text = parse_type(stored, parts);
    const char *dollar;
    if (!text)
        return false;
    parts->version = ARGON2_VERSION_10;
    if (read_argon2_number(&text, "v=", &parts->version) && *text++ != '$')
        return false;
    if (!read_argon2_number(&text, "m=", &parts->memory) ||
        !read_argon2_number(&text, ",t=", &parts->time) ||
        !read_argon2_number(&text, ",p=", &parts->lanes) || *text++ != '$')
        return false;
    dollar = strchr(text, '$');
    return dollar &&
           msa_base64_decode(text, (apr_size_t)(dollar - text), parts->salt, BYTES_MAX,
                             &parts->salt_length) &&
           msa_base64_decode(dollar + 1, strlen(dollar + 1), parts->digest, BYTES_MAX,
                             &parts->digest_length) &&
           parts->salt_length >= 8 && parts->digest_length >= 16;
}

static bool is_argon2_affordable(const parts_t *parts)
{
    return parts->memory >= 8 * parts->lanes && parts->memory <= MEMORY_MAX && parts->time >= 1 &&
           parts->time <= TIME_MAX && parts->lanes >= 1 && parts->lanes <= LANES_MAX;
}

static bool recognise_argon2(const char *stored)
{
    parts_t parts;
    return parse_argon2(stored, &parts);
}

/* One thread for any number of lanes: the hash slots bound the work, and the result is the same. */
static int compute_argon2(const parts_t *parts, const msa_material_t *material, unsigned char *out)
{
    argon2_context context = {
        .out = out,
        .outlen = (uint32_t)parts->digest_length,
        .pwd = (uint8_t *)(uintptr_t)material->text,
        .pwdlen = (uint32_t)material->length,
        .salt = (uint8_t *)(uintptr_t)parts->salt,
        .saltlen = (uint32_t)parts->salt_length,
        .t_cost = parts->time,
        .m_cost = parts->memory,
        .lanes = parts->lanes,
        .threads = 1,
        .version = parts->version,
        .allocate_cbk = take_arena,
        .free_cbk = give_arena,
        .flags = ARGON2_DEFAULT_FLAGS,
    };
    return argon2_ctx(&context, parts->type);
}

static msa_password_result_t verify_argon2(apr_pool_t *pool, const msa_material_t *material,
                                           const char *stored)
{
    unsigned char computed[BYTES_MAX];
    parts_t parts;
    msa_password_result_t result = MSA_PASSWORD_DIFFERS;
    (void)pool;
    if (!parse_argon2(stored, &parts))
        return MSA_PASSWORD_UNKNOWN_FORMAT;
    if (!is_argon2_affordable(&parts))
        return MSA_PASSWORD_TOO_COSTLY;
    if (compute_argon2(&parts, material, computed) != ARGON2_OK)
        return MSA_PASSWORD_FAILED;
    if (msa_digest_equal(computed, parts.digest, parts.digest_length))
        result = MSA_PASSWORD_MATCHES;
    msa_digest_wipe(computed, sizeof(computed));
    return result;
}

static bool is_weaker_argon2(const msa_scheme_cost_t *cost, const char *stored)
{
    parts_t parts;
    return !parse_argon2(stored, &parts) || parts.type != Argon2_id ||
           parts.version != ARGON2_VERSION_13 || parts.memory < (uint32_t)cost->values[0] ||
           parts.time < (uint32_t)cost->values[1] || parts.lanes < (uint32_t)cost->values[2];
}

static const char *write_argon2(apr_pool_t *pool, const parts_t *parts)
{
    return apr_psprintf(pool, "$argon2id$v=%u$m=%u,t=%u,p=%u$%s$%s", parts->version, parts->memory,
                        parts->time, parts->lanes,
                        msa_base64_encode(pool, parts->salt, parts->salt_length, '+'),
                        msa_base64_encode(pool, parts->digest, parts->digest_length, '+'));
}

static parts_t parts_of(const msa_scheme_cost_t *cost)
{
    parts_t parts = {.type = Argon2_id, .version = ARGON2_VERSION_13};
    parts.memory = (uint32_t)cost->values[0];
    parts.time = (uint32_t)cost->values[1];
    parts.lanes = (uint32_t)cost->values[2];
    parts.salt_length = SALT_BYTES;
    parts.digest_length = DIGEST_BYTES;
    return parts;
}

static apr_status_t hash_argon2(const msa_env_t *env, apr_pool_t *pool,
                                const msa_scheme_cost_t *cost, const msa_material_t *material,
                                const char **stored)
{
    parts_t parts = parts_of(cost);
    apr_status_t status = env->random(env->baton, parts.salt, SALT_BYTES);
    if (status != APR_SUCCESS)
        return status;
    if (compute_argon2(&parts, material, parts.digest) != ARGON2_OK)
        return APR_EGENERAL;
    *stored = write_argon2(pool, &parts);
    return APR_SUCCESS;
}

static const char *dummy_argon2(apr_pool_t *pool, const msa_scheme_cost_t *cost)
{
    parts_t parts = parts_of(cost);
    return write_argon2(pool, &parts);
}

const msa_scheme_t msa_argon2 = {
    .name = "argon2",
    .options = {{"memory", 19456, 7168, MEMORY_MAX},
                {"time", 2, 1, TIME_MAX},
                {"lanes", 1, 1, LANES_MAX}},
    .recognise = recognise_argon2,
    .verify = verify_argon2,
    .is_weaker = is_weaker_argon2,
    .hash = hash_argon2,
    .dummy = dummy_argon2,
};

/* ---- Django's form: the same after `argon2` ---- */

static const char DJANGO[] = "argon2";

static bool recognise_django_argon2(const char *stored)
{
    return strncmp(stored, DJANGO, sizeof(DJANGO) - 1) == 0 &&
           recognise_argon2(stored + sizeof(DJANGO) - 1);
}

static msa_password_result_t verify_django_argon2(apr_pool_t *pool, const msa_material_t *material,
                                                  const char *stored)
{
    return verify_argon2(pool, material, stored + sizeof(DJANGO) - 1);
}

const msa_scheme_t msa_django_argon2 = {
    .name = "django_argon2",
    .recognise = recognise_django_argon2,
    .verify = verify_django_argon2,
};
