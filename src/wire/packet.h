/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_WIRE_PACKET_H
#define MSA_WIRE_PACKET_H

/* Messages between the two processes: a head and tagged fields. */

#include <stdbool.h>
#include <apr.h>

/*
 * One message between a child of httpd and the service, over a Unix socket that keeps message
 * boundaries (SOCK_SEQPACKET): a head, then fields {tag, length, bytes, NUL, zeros up to a multiple
 * of four}. Neither side trusts a byte of the other's; msa_packet_next is the only function that
 * reads lengths. Numbers are in host byte order, as both ends are on one machine.
 */

/** Bytes of the largest message; it must fit into the send buffer of a Unix socket (212,992 on
 * Linux). */
#define MSA_PACKET_MAX 196608
/** Bytes that both sides request for their send buffers, where the default is smaller. */
#define MSA_PACKET_BUFFER (MSA_PACKET_MAX + 16384)

/** The beginning of every message. */
typedef struct msa_packet_head_t {
    apr_uint32_t size;   /* bytes of the whole message; a multiple of four */
    apr_uint16_t kind;   /* msa_talk_kind_t; an answer has that of its question */
    apr_uint16_t host;   /* the virtual host, from 0 in the order of the configuration */
    apr_uint32_t id;     /* of the question; its answer has the same */
    apr_uint32_t within; /* milliseconds from now that the asker waits for the answer */
} msa_packet_head_t;

/** A message being written. */
typedef struct msa_packet_t {
    msa_packet_head_t *head;
    apr_size_t room;
    bool is_full; /* something did not fit: do not send it */
} msa_packet_t;

/** Begins a message in `bytes`, which is aligned as msa_packet_head_t and has `room` bytes, at
 * least a head; no more than MSA_PACKET_MAX of them are used. The rest of the head is zero. */
msa_packet_t msa_packet_begin(void *bytes, apr_size_t room, int kind);

/** Appends a field. `bytes` may hold anything, also NULs. When it does not fit, the message is
 * full, and nothing more is added. */
void msa_packet_add(msa_packet_t *message, int tag, const void *bytes, apr_size_t length);
/** Appends a text as a field; NULL adds nothing. */
void msa_packet_add_text(msa_packet_t *message, int tag, const char *text);
/** Appends a number as a field. */
void msa_packet_add_number(msa_packet_t *message, int tag, apr_int64_t number);

/** True when `got` received bytes are one whole message, as far as its head tells: its fields have
 * not been checked. */
bool msa_packet_is_sound(const void *bytes, apr_size_t got);

/**
 * The next field with this tag behind `*at` (0 = the first); NULL = none, and `*at` and `*length`
 * keep their values. Otherwise returns its bytes inside the message, followed by a NUL that
 * `*length` does not count, and moves `*at` on. The message must be sound and in memory that nobody
 * else writes; a truncated field ends it.
 */
const char *msa_packet_next(const msa_packet_head_t *head, int tag, apr_size_t *at,
                            apr_size_t *length);

/** The first field with this tag as bytes; NULL = none, and `*length` keeps its value. */
const char *msa_packet_bytes(const msa_packet_head_t *head, int tag, apr_size_t *length);
/** The first field with this tag as a text, inside the message; NULL = none, or there is a NUL in
 * it. */
const char *msa_packet_text(const msa_packet_head_t *head, int tag);
/** The first field with this tag as a number; `otherwise` = none, or of another length. */
apr_int64_t msa_packet_number(const msa_packet_head_t *head, int tag, apr_int64_t otherwise);

#endif
