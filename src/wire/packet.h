/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_WIRE_PACKET_H
#define MSA_WIRE_PACKET_H

/* Messages between the two processes: a head and tagged fields. */

#include <stdbool.h>
#include <apr.h>

/*
 * One message between a child of httpd and the service, over a Unix socket that keeps messages
 * apart (SOCK_SEQPACKET): a head, then fields {tag, length, bytes, NUL, zeros up to a multiple of
 * four}. Both sides trust no byte of the other: msa_packet_next is the one place that reads
 * lengths. Numbers are in the machine's own order, since both ends are on one machine.
 */

/** The largest message; it must fit into the send buffer of a Unix socket (212,992 on Linux). */
#define MSA_PACKET_MAX 196608
/** What both sides ask for as the size of their send buffers, where the default is smaller. */
#define MSA_PACKET_BUFFER (MSA_PACKET_MAX + 16384)

/** What every message begins with. */
typedef struct msa_packet_head_t {
    apr_uint32_t size;   /* of the whole message in bytes, a multiple of four */
    apr_uint16_t kind;   /* msa_talk_kind_t; of an answer, that of its question */
    apr_uint16_t host;   /* the virtual host, counted from 0 in the order of the configuration */
    apr_uint32_t id;     /* of the question; its answer bears the same */
    apr_uint32_t within; /* milliseconds from now that somebody waits for the answer */
} msa_packet_head_t;

/** A message that is being written. */
typedef struct msa_packet_t {
    msa_packet_head_t *head;
    apr_size_t room;
    bool is_full; /* something did not fit: it must not be sent */
} msa_packet_t;

/** Begins a message in `bytes` (aligned as a head is), which has `room` bytes: a head or more. */
msa_packet_t msa_packet_begin(void *bytes, apr_size_t room, int kind);

/** Adds a field. `bytes` may hold anything; once the message is full, nothing is added any more. */
void msa_packet_add(msa_packet_t *message, int tag, const void *bytes, apr_size_t length);
/** The same for a text; NULL adds nothing. */
void msa_packet_add_text(msa_packet_t *message, int tag, const char *text);
void msa_packet_add_number(msa_packet_t *message, int tag, apr_int64_t number);

/** True when `got` received bytes are one whole message, as far as its head tells. */
bool msa_packet_is_sound(const void *bytes, apr_size_t got);

/**
 * The bytes of the next field with this tag behind `*at` (0 = from the first field); NULL = none.
 * They stand in the message itself, with a NUL behind them. `*at` is moved on, `*length` set. The
 * message is sound, and its bytes are this process's alone; a field that is not whole is its end.
 */
const char *msa_packet_next(const msa_packet_head_t *head, int tag, apr_size_t *at,
                            apr_size_t *length);

/** The first field with this tag as bytes; NULL = none. */
const char *msa_packet_bytes(const msa_packet_head_t *head, int tag, apr_size_t *length);
/** The first field with this tag as a text: NULL = none, or it has a NUL inside. */
const char *msa_packet_text(const msa_packet_head_t *head, int tag);
/** The first field with this tag as a number; `otherwise` = none, or of another length. */
apr_int64_t msa_packet_number(const msa_packet_head_t *head, int tag, apr_int64_t otherwise);

#endif
