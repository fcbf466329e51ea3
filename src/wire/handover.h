/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_WIRE_HANDOVER_H
#define MSA_WIRE_HANDOVER_H

/* What httpd hands to the service at its start: descriptors, an environment and one JSON text. */

/*
 * How httpd starts the service: as `security-auth serve`, in a session of its own, in the directory
 * /, as the user of SecurityUser, with a umask of 077, an environment of its own (PATH, LANG, HOME,
 * and TZ where httpd has it) and the descriptors below. 0 is /dev/null, 1 and 2 are httpd's
 * standard error (the error log of the main server), and everything else is closed. Signals have
 * their default actions; SIGUSR1 is blocked, so that one sent early waits until the service is
 * ready for it.
 */
enum {
    MSA_HANDOVER_CONTROL = 3,  /* a stream to httpd: see below */
    MSA_HANDOVER_LISTENER = 4, /* SOCK_SEQPACKET, bound; listens once it can be asked */
    MSA_HANDOVER_LIFE = 5,     /* a pipe to read: end of file means that no httpd is left */
    MSA_HANDOVER_TABLE = 6,    /* the record table, for writing */
    MSA_HANDOVER_RECENCY = 7,  /* its recency */
    MSA_HANDOVER_LOGS = 8      /* ... the error logs: the main server's, then every other once */
};
#define MSA_HANDOVER_LOGS_MAX 48

/*
 * httpd writes one JSON object to the control stream and shuts down its side:
 *
 * version      MSA_VERSION of the module
 * secret       32 hexadecimal digits: what every connection must show first
 * key          64 hexadecimal digits: the key of the digests under which entries are in the record
 *              table; the same for as long as this httpd runs
 * quick_deaths how many services of this configuration in a row have ended soon after their start.
 *              From the second on this one waits 1, 2, 4, ... MSA_HANDOVER_PAUSE_MAX seconds before
 *              it begins, so that a service that cannot live does not wear the machine down
 * hash_slots   as in the settings: 0 = by the number of processors
 * timeout      SecurityServiceTimeout, in microseconds
 * hosts        an object for every virtual host, with or without an engine, in the order of the
 *              configuration, so that an index identifies a host:
 *   name, port, driver, params, data_directory   texts as msa_json_text writes them; may be null
 *   engine     whether SecurityEngine is On
 *   settings   msa_settings_json with keys
 *   log        the host's error log, from 0. 0 is the main server's, which also serves hosts that
 *              log to syslog or a provider, and those whose logs exceed MSA_HANDOVER_LOGS_MAX
 *   log_level  the least important msa_log_level_t that goes there; -1 = none
 *
 * Once it can be asked the service answers MSA_HANDOVER_READY, without a NUL; if it cannot run it
 * answers with a sentence about what is wrong, where it can, and ends. At a restart nobody waits
 * for the answer; it is read when the service has ended. SIGUSR1 tells the service that its
 * configuration is over: it goes on answering the children that are left, and does nothing of its
 * own accord any more.
 */
#define MSA_HANDOVER_READY     "ready"
#define MSA_HANDOVER_SAID_MAX  500 /* bytes read of a sentence */
#define MSA_HANDOVER_PAUSE_MAX 30  /* seconds */

#endif
