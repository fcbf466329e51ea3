/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_WIRE_HANDOVER_H
#define MSA_WIRE_HANDOVER_H

/* What httpd hands to the service when it starts it: descriptors, environment, and one JSON
 * text. */

/*
 * What httpd hands over to the service that it starts: `security-auth serve`, in a session of its
 * own, in the directory /, as the user of SecurityUser, with an umask of 077, an environment of its
 * own (PATH, LANG, HOME, TZ) and these descriptors. 0 is /dev/null, 1 and 2 are the error log of
 * the main server, all others are closed. Signals have their default actions; SIGUSR1 is blocked,
 * so that one that comes early waits until it is expected.
 */
enum {
    MSA_HANDOVER_CONTROL = 3,  /* a stream to httpd: see below */
    MSA_HANDOVER_LISTENER = 4, /* SOCK_SEQPACKET, has its name: to listen when it can be asked */
    MSA_HANDOVER_LIFE = 5,     /* a pipe to read: its end of file says that no httpd is left */
    MSA_HANDOVER_TABLE = 6,    /* the record table, for writing */
    MSA_HANDOVER_RECENCY = 7,  /* and its recency */
    MSA_HANDOVER_LOGS = 8      /* ... the error logs: the main server's, then all others once */
};
#define MSA_HANDOVER_LOGS_MAX 48

/*
 * On the control stream httpd writes one JSON object and shuts its side:
 *
 * version      MSA_VERSION of the module
 * secret       32 hexadecimal digits: what a connection has to show first
 * key          64 hexadecimal digits: keys the digests under which records stand in the table; the
 *              same for as long as this httpd runs
 * quick_deaths how many services of this configuration, one after the other, have ended soon after
 *              their start: so that what cannot live burns no machine, this one waits 0, 1, 2, 4,
 *              ... MSA_HANDOVER_PAUSE_MAX seconds before it begins
 * hash_slots   as in the settings: 0 = by the number of processors
 * timeout      SecurityServiceTimeout, in microseconds
 * hosts        an object for every virtual host, in the order of the configuration, also for those
 *              without an engine, so that an index is a host:
 *   name, port, driver, params, data_directory   as msa_json_text writes them; may be null
 *   engine     whether SecurityEngine is On
 *   settings   msa_settings_json with keys
 *   log        which of the error logs is the host's, from 0: the main server's, which is also that
 *              of hosts whose lines go to syslog or a provider, and of those that are too many
 *   log_level  the least important msa_log_level_t that goes there; -1 = none
 *
 * The service answers MSA_HANDOVER_READY, without a NUL, when it can be asked, or a sentence about
 * what is wrong, and ends. At a restart nobody waits for the answer, and it is read when the
 * service has ended. SIGUSR1 says that its configuration is over: it answers those who are left,
 * and does nothing by itself any more.
 */
#define MSA_HANDOVER_READY     "ready"
#define MSA_HANDOVER_SAID_MAX  500 /* bytes of a sentence that are read */
#define MSA_HANDOVER_PAUSE_MAX 30  /* seconds */

#endif
