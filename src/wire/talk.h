/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_WIRE_TALK_H
#define MSA_WIRE_TALK_H

/* The questions that children ask the service, and the fields of each. */

#include "packet.h"
#include "methods.h"
#include "../page/page.h"

/*
 * What is said between httpd's children and the service: one question, one answer. A connection
 * begins with MSA_TALK_HELLO, which has no answer.
 */
typedef enum {
    MSA_TALK_HELLO = 1, /* MSA_TAG_SECRET: knowing the socket's name is not enough */
    MSA_TALK_PING,      /* is the service there? */
    MSA_TALK_LOOK_UP,   /* whose proof is it? */
    MSA_TALK_PAGE,      /* a request to an endpoint */
    MSA_TALK_MAILS      /* how many mails are waiting, and how many were given up? */
} msa_talk_kind_t;

enum {
    MSA_TAG_SECRET = 1,
    MSA_TAG_OUTCOME, /* a number: msa_outcome_t */
    MSA_TAG_RECORD,  /* an msa_record_t, packed */
    MSA_TAG_SESSION, /* the secret of the session that a remember cookie was exchanged for */
    MSA_TAG_HEADER,  /* `Name: value`; repeated */
    MSA_TAG_LOG,     /* msa_log_level_t as one digit, then the line; repeated */
    MSA_TAG_COUNT_WAITING,
    MSA_TAG_COUNT_FAILED,
    /* the visitor, in a question */
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
    MSA_TAG_IS_NOBODY, /* the child has found out that nobody is signed in */
    MSA_TAG_BODY,
    /* the answer to it */
    MSA_TAG_STATUS,
    MSA_TAG_CONTENT_TYPE,
    /* MSA_TAG_DIRECTORY + n: the n-th member of msa_directory_settings_t, as in talk.c */
    MSA_TAG_DIRECTORY = 1000
};

/** The visitor, as httpd sees them. */
typedef struct msa_talk_visitor_t {
    const char *address;
    const char *agent; /* User-Agent; NULL = none */
    bool is_secure;
} msa_talk_visitor_t;

/** Adds the visitor to a question. */
void msa_talk_put_visitor(msa_packet_t *message, const msa_talk_visitor_t *visitor);
/** The texts remain in the message. An address that was not sent is "-". */
void msa_talk_get_visitor(const msa_packet_head_t *head, msa_talk_visitor_t *visitor);

/** Adds a proof, and its password if it has one. */
void msa_talk_put_proof(msa_packet_t *message, const msa_proof_t *proof);
/**
 * True with `*proof`, whose texts remain in the message. False when there is none, or its kind is
 * unknown, it has no value, or a password that does not go with its kind: `*proof` must not be
 * used.
 */
bool msa_talk_get_proof(const msa_packet_head_t *head, msa_proof_t *proof);

/** Adds a request to an endpoint, without its identity, which the service finds out itself. Header
 * lines are built in `pool`. */
void msa_talk_put_request(msa_packet_t *message, apr_pool_t *pool, const msa_request_t *request);
/** False when it has no method or no path. `request->headers` is made from `pool`; the texts remain
 * in the message. */
bool msa_talk_get_request(const msa_packet_head_t *head, apr_pool_t *pool, msa_request_t *request);

/** The settings of the directory that the request is for. */
void msa_talk_put_directory(msa_packet_t *message, const msa_directory_settings_t *directory);
/** Members that were not sent have their defaults; texts remain in the message. */
void msa_talk_get_directory(const msa_packet_head_t *head, msa_directory_settings_t *directory);

/** Adds the answer of an endpoint; header lines are built in `pool`. */
void msa_talk_put_reply(msa_packet_t *message, apr_pool_t *pool, const msa_reply_t *reply);
/** False when its status is not one of 200 to 599. `reply->headers` is made from `pool`; the texts
 * remain in the message. */
bool msa_talk_get_reply(const msa_packet_head_t *head, apr_pool_t *pool, msa_reply_t *reply);

/** Adds each header as a field; its line is built in `pool`. */
void msa_talk_put_headers(msa_packet_t *message, apr_pool_t *pool, const apr_table_t *headers);
/** The headers of a message, from `pool`, without lines that cannot be read; values remain in the
 * message. */
apr_table_t *msa_talk_get_headers(const msa_packet_head_t *head, apr_pool_t *pool);

#endif
