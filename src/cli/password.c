/* SPDX-License-Identifier: Apache-2.0 */
/* Asks for a password on the terminal, twice and unseen, or reads it from standard input; never
 * from an argument. */

#include "cli.h"

#include "../base/digest.h"
#include "../base/text.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <apr_strings.h>

/* As typed, without the line end; what no sign-in could type again is refused, never cut. */
static const char *read_password_line(apr_pool_t *pool, FILE *in, const char **fault)
{
    char line[MSA_PASSWORD_BYTES_MAX + 3];
    size_t length = 0;
    bool is_text;
    const char *copy;
    int c;
    while ((c = fgetc(in)) != EOF && c != '\n' && length < sizeof(line) - 1)
        line[length++] = (char)c;
    if (length && c == '\n' && line[length - 1] == '\r')
        length--;
    line[length] = '\0';
    is_text = strlen(line) == length && msa_text_is_utf8(line, length);
    copy = is_text && (length || c == '\n') ? apr_pstrdup(pool, line) : NULL;
    msa_digest_wipe(line, sizeof(line));
    if (!copy)
        *fault = is_text ? "no password was given" : "the password is not UTF-8 text";
    return copy;
}

static const int SIGNALS[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};

#define SIGNAL_COUNT (sizeof(SIGNALS) / sizeof(SIGNALS[0]))

static volatile sig_atomic_t caught;

static void catch_signal(int number)
{
    caught = number;
}

/* A signal ends the reading, but ends the process only after the terminal echoes again. */
static const char *prompt(apr_pool_t *pool, FILE *terminal, const char *text, const char **fault)
{
    struct sigaction before[SIGNAL_COUNT], action = {.sa_handler = catch_signal};
    struct termios shown, hidden;
    const char *line;
    int fd = fileno(terminal);
    if (tcgetattr(fd, &shown) != 0)
        return NULL;
    for (size_t i = 0; i < SIGNAL_COUNT; i++)
        sigaction(SIGNALS[i], &action, &before[i]);
    hidden = shown;
    hidden.c_lflag &= ~(tcflag_t)ECHO;
    fputs(text, terminal);
    fflush(terminal);
    tcsetattr(fd, TCSAFLUSH, &hidden);
    line = read_password_line(pool, terminal, fault);
    tcsetattr(fd, TCSAFLUSH, &shown);
    fputs("\n", terminal);
    for (size_t i = 0; i < SIGNAL_COUNT; i++)
        sigaction(SIGNALS[i], &before[i], NULL);
    if (caught)
        raise(caught);
    return line;
}

static const char *ask_twice(apr_pool_t *pool, FILE *terminal, const char **fault)
{
    const char *first = prompt(pool, terminal, "Password: ", fault);
    const char *second = first ? prompt(pool, terminal, "Repeat password: ", fault) : NULL;
    if (!second)
        return NULL;
    if (strcmp(first, second) == 0)
        return first;
    *fault = "the passwords do not match";
    return NULL;
}

static const char *ask(apr_pool_t *pool, const char **fault)
{
    FILE *terminal = fopen("/dev/tty", "r+");
    const char *password;
    if (!terminal)
        return NULL;
    password = ask_twice(pool, terminal, fault);
    fclose(terminal);
    return password;
}

const char *msa_cli_password(msa_cli_t *cli)
{
    const char *fault = "there is no terminal to ask for the password; use --password-stdin";
    const char *password = cli->options.password_stdin
                               ? read_password_line(cli->pool, stdin, &fault)
                               : ask(cli->pool, &fault);
    if (!password)
        msa_cli_refuse(cli, "%s", fault);
    return password;
}
