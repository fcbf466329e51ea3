/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_WIRE_TALK_H
#define MSA_WIRE_TALK_H

/* The kinds of questions that children ask the service, and what each is made of. */

#include "packet.h"
#include "methods.h"
#include "../page/page.h"

/*
 * What is said between httpd's children and the service: a question, and one answer to it. A
 * connection begins with MSA_TALK_HELLO, which has no answer.
 */
typedef enum {
    MSA_TALK_HELLO = 1, /* MSA_TAG_SECRET: the socket's name alone lets nobody in */
    MSA_TALK_PING,      /* is anybody there? */
    MSA_TALK_LOOK_UP,   /* whose proof is it? */
    MSA_TALK_PAGE,      /* a request to an endpoint */
    MSA_TALK_MAILS      /* how many mails wait, and how many were given up? */
} msa_talk_kind_t;

enum {
    MSA_TAG_SECRET = 1,
    MSA_TAG_OUTCOME, /* a number: msa_outcome_t */
    MSA_TAG_RECORD,  /* a block of known.h */
    MSA_TAG_SESSION, /* the secret of a session that was started for a remember cookie */
    MSA_TAG_HEADER,  /* `Name: value`, many times */
    MSA_TAG_LOG,     /* a level as one byte, then a line; many times */
    MSA_TAG_COUNT_WAITING,
    MSA_TAG_COUNT_FAILED,
    /* a question's visitor */
    MSA_TAG_ADDRESS,
    MSA_TAG_AGENT,
    MSA_TAG_IS_SECURE,
    /* a proof */
    MSA_TAG_PROOF_KIND,
    MSA_TAG_PROOF_VALUE,
    MSA_TAG_PROOF_PASSWORD,
    /* a request to an endpoint */
    MSA_TAG_METHOD,
    MSA_TAG_PATH,
    MSA_TAG_QUERY,
    MSA_TAG_QUERY_TOKEN,
    MSA_TAG_IS_CHALLENGED,
    MSA_TAG_IS_NOBODY, /* the child has found out that nobody has signed in */
    MSA_TAG_BODY,
    /* its answer */
    MSA_TAG_STATUS,
    MSA_TAG_CONTENT_TYPE,
    /* MSA_TAG_DIRECTORY + n: the n-th of the settings of a place */
    MSA_TAG_DIRECTORY = 1000
};

/** Who asks, as httpd knows them. */
typedef struct msa_talk_visitor_t {
    const char *address;
    const char *agent; /* NULL = none */
    bool is_secure;
} msa_talk_visitor_t;

void msa_talk_put_visitor(msa_packet_t *message, const msa_talk_visitor_t *visitor);
/** Texts stay in the message. */
void msa_talk_get_visitor(const msa_packet_head_t *head, msa_talk_visitor_t *visitor);

void msa_talk_put_proof(msa_packet_t *message, const msa_proof_t *proof);
/** False when there is none, or it is none that anybody can show. */
bool msa_talk_get_proof(const msa_packet_head_t *head, msa_proof_t *proof);

/** A request to an endpoint; its identity is not told: the service finds out itself. */
/** Headers are put together in `pool`. */
void msa_talk_put_request(msa_packet_t *message, apr_pool_t *pool, const msa_request_t *request);
/** False when it is none. `request->headers` is made from `pool`; texts stay in the message. */
bool msa_talk_get_request(const msa_packet_head_t *head, apr_pool_t *pool, msa_request_t *request);

/** The settings of the place where the request came in. */
void msa_talk_put_directory(msa_packet_t *message, const msa_directory_settings_t *directory);
void msa_talk_get_directory(const msa_packet_head_t *head, msa_directory_settings_t *directory);

void msa_talk_put_reply(msa_packet_t *message, apr_pool_t *pool, const msa_reply_t *reply);
/** False when it is none. Texts stay in the message. */
bool msa_talk_get_reply(const msa_packet_head_t *head, apr_pool_t *pool, msa_reply_t *reply);

void msa_talk_put_headers(msa_packet_t *message, apr_pool_t *pool, const apr_table_t *headers);
apr_table_t *msa_talk_get_headers(const msa_packet_head_t *head, apr_pool_t *pool);

#endif
