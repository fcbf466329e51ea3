/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the tagged fields of one message between the two processes and reads them back. The only
 * code that has to distrust a length. */

#include "packet.h"

#include <string.h>

/** What precedes the bytes of a field. */
typedef struct field_t {
    apr_uint16_t tag;
    apr_uint16_t unused;
    apr_uint32_t length;
} field_t;

/* Size of a field of `length` bytes, with its NUL and padding. */
static apr_size_t field_size(apr_size_t length)
{
    return sizeof(field_t) + ((length + 4) & ~(apr_size_t)3);
}

msa_packet_t msa_packet_begin(void *bytes, apr_size_t room, int kind)
{
    msa_packet_t message = {.head = bytes, .room = room < MSA_PACKET_MAX ? room : MSA_PACKET_MAX};
    *message.head =
        (msa_packet_head_t){.size = sizeof(msa_packet_head_t), .kind = (apr_uint16_t)kind};
    return message;
}

void msa_packet_add(msa_packet_t *message, int tag, const void *bytes, apr_size_t length)
{
    field_t field = {.tag = (apr_uint16_t)tag, .length = (apr_uint32_t)length};
    char *end = (char *)message->head + message->head->size;
    apr_size_t size;
    if (message->is_full || length > MSA_PACKET_MAX ||
        field_size(length) > message->room - message->head->size) {
        message->is_full = true;
        return;
    }
    size = field_size(length);
    memcpy(end, &field, sizeof(field));
    if (length)
        memcpy(end + sizeof(field), bytes, length);
    memset(end + sizeof(field) + length, 0, size - sizeof(field) - length);
    message->head->size += (apr_uint32_t)size;
}

void msa_packet_add_text(msa_packet_t *message, int tag, const char *text)
{
    if (text)
        msa_packet_add(message, tag, text, strlen(text));
}

void msa_packet_add_number(msa_packet_t *message, int tag, apr_int64_t number)
{
    msa_packet_add(message, tag, &number, sizeof(number));
}

bool msa_packet_is_sound(const void *bytes, apr_size_t got)
{
    msa_packet_head_t head;
    if (got < sizeof(head) || got > MSA_PACKET_MAX)
        return false;
    memcpy(&head, bytes, sizeof(head));
    return head.size == got && head.size % 4 == 0;
}

/* The field at `*place`, which moves on to the next one; NULL when no whole field is left. */
static const char *field_at(const msa_packet_head_t *head, apr_size_t *place, field_t *field)
{
    apr_size_t left = head->size > *place ? head->size - *place : 0;
    const char *bytes;
    if (left < sizeof(*field))
        return NULL;
    bytes = (const char *)head + *place + sizeof(*field);
    memcpy(field, bytes - sizeof(*field), sizeof(*field));
    /* The first comparison keeps the second from overflowing. */
    if (field->length >= left || field_size(field->length) > left || bytes[field->length])
        return NULL;
    *place += field_size(field->length);
    return bytes;
}

const char *msa_packet_next(const msa_packet_head_t *head, int tag, apr_size_t *at,
                            apr_size_t *length)
{
    apr_size_t place = *at ? *at : sizeof(*head);
    field_t field;
    const char *bytes;
    while ((bytes = field_at(head, &place, &field))) {
        if (field.tag == tag) {
            *at = place;
            *length = field.length;
            return bytes;
        }
    }
    return NULL;
}

const char *msa_packet_bytes(const msa_packet_head_t *head, int tag, apr_size_t *length)
{
    apr_size_t at = 0;
    return msa_packet_next(head, tag, &at, length);
}

const char *msa_packet_text(const msa_packet_head_t *head, int tag)
{
    apr_size_t length = 0;
    const char *bytes = msa_packet_bytes(head, tag, &length);
    return bytes && strlen(bytes) == length ? bytes : NULL;
}

apr_int64_t msa_packet_number(const msa_packet_head_t *head, int tag, apr_int64_t otherwise)
{
    apr_size_t length = 0;
    const char *bytes = msa_packet_bytes(head, tag, &length);
    apr_int64_t number;
    if (!bytes || length != sizeof(number))
        return otherwise;
    memcpy(&number, bytes, sizeof(number));
    return number;
}
