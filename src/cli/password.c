/* SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"

#include "../base/digest.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <apr_strings.h>

static const char *read_line(apr_pool_t *pool, FILE *in)
{
    char line[MSA_PASSWORD_BYTES_MAX + 3];
    const char *copy;
    if (!fgets(line, sizeof(line), in))
        return NULL;
    line[strcspn(line, "\r\n")] = '\0';
    copy = apr_pstrdup(pool, line);
    msa_digest_wipe(line, sizeof(line));
    return copy;
}

static const char *prompt(apr_pool_t *pool, FILE *terminal, const char *text)
{
    struct termios shown, hidden;
    const char *line;
    int fd = fileno(terminal);
    if (tcgetattr(fd, &shown) != 0)
        return NULL;
    hidden = shown;
    hidden.c_lflag &= ~(tcflag_t)ECHO;
    fputs(text, terminal);
    fflush(terminal);
    tcsetattr(fd, TCSAFLUSH, &hidden);
    line = read_line(pool, terminal);
    tcsetattr(fd, TCSAFLUSH, &shown);
    fputs("\n", terminal);
    return line;
}

static const char *ask_twice(msa_cli_t *cli, FILE *terminal)
{
    const char *first = prompt(cli->pool, terminal, "Password: ");
    const char *second = first ? prompt(cli->pool, terminal, "Again: ") : NULL;
    if (!second || strcmp(first, second) != 0) {
        msa_cli_refuse(cli, "the two passwords are not the same");
        return NULL;
    }
    return first;
}

const char *msa_cli_password(msa_cli_t *cli)
{
    const char *password;
    FILE *terminal;
    if (cli->options.password_stdin) {
        password = read_line(cli->pool, stdin);
        if (!password)
            msa_cli_refuse(cli, "no password came on standard input");
        return password;
    }
    terminal = fopen("/dev/tty", "r+");
    if (!terminal) {
        msa_cli_refuse(cli, "there is no terminal to ask for the password; use --password-stdin");
        return NULL;
    }
    password = ask_twice(cli, terminal);
    fclose(terminal);
    return password;
}
