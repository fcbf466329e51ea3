/* SPDX-License-Identifier: Apache-2.0 */
/* The base64 of stored hashes, which has two alphabets, and padding or none. */

#include "base64.h"

static int value64(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+' || c == '.')
        return 62;
    return c == '/' ? 63 : -1;
}

bool msa_base64_decode(const char *text, apr_size_t text_length, unsigned char *bytes,
                       apr_size_t room, apr_size_t *count)
{
    unsigned int buffer = 0;
    int bits = 0;
    *count = 0;
    while (text_length && text[text_length - 1] == '=')
        text_length--;
    if (text_length == 0 || text_length % 4 == 1 || text_length * 6 / 8 > room)
        return false;
    for (apr_size_t i = 0; i < text_length; i++) {
        int value = value64(text[i]);
        if (value < 0)
            return false;
        buffer = (buffer << 6 | (unsigned int)value) & 0xffff;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            bytes[(*count)++] = (unsigned char)(buffer >> bits);
        }
    }
    return true;
}

const char *msa_base64_encode(apr_pool_t *pool, const unsigned char *bytes, apr_size_t length,
                              char sixty_two)
{
    static const char ALPHABET[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *text = apr_palloc(pool, length * 8 / 6 + 2);
    char *end = text;
    unsigned int buffer = 0;
    int bits = 0;
    for (apr_size_t i = 0; i < length; i++) {
        buffer = (buffer << 8 | bytes[i]) & 0xffff;
        for (bits += 8; bits >= 6; bits -= 6)
            *end++ = ALPHABET[buffer >> (bits - 6) & 63];
    }
    if (bits)
        *end++ = ALPHABET[buffer << (6 - bits) & 63];
    *end = '\0';
    for (end = text; *end; end++) {
        if (*end == '+')
            *end = sixty_two;
    }
    return text;
}
