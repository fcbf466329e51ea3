/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds of values of directives: flags, choices, numbers, durations, files, secrets. Each says in a
 * sentence what it expects. */

#include "parse.h"

#include "../../base/text.h"
#include "../../base/text_time.h"
#include "../../store/outbox.h"

#include <pwd.h>
#include <unistd.h>

#include <apr_file_io.h>
#include <apr_lib.h>
#include <apr_strings.h>

#define SECRET_BYTES_MAX 4096

const char *msa_parse_word(cmd_parms *cmd, const char *args)
{
    const char *word = ap_getword_conf(cmd->pool, &args);
    return *word && !*args ? word : NULL;
}

/* ---- flags and choices ---- */

/** A word of a choice; each kind has a table of them. */
typedef struct choice_t {
    const char *word;
    int value;
} choice_t;

static int choose(const choice_t *choices, const char *word)
{
    for (; word && choices->word; choices++) {
        if (strcasecmp(choices->word, word) == 0)
            return choices->value;
    }
    return -1;
}

static const choice_t ON_OFF[] = {
    {"on",  1},
    {"off", 0},
    {NULL,  0},
};

static const choice_t LINK_BUTTON[] = {
    {"button", 1},
    {"link",   0},
    {NULL,     0},
};

static const choice_t NONE_SPA[] = {
    {"spa",  1},
    {"none", 0},
    {NULL,   0},
};

static const choice_t CSRF[] = {
    {"origin", MSA_CSRF_ORIGIN},
    {"token",  MSA_CSRF_TOKEN },
    {"both",   MSA_CSRF_BOTH  },
    {"off",    MSA_CSRF_OFF   },
    {NULL,     0              },
};

static const choice_t FOREIGN[] = {
    {"server", MSA_FOREIGN_SERVER},
    {"on",     MSA_FOREIGN_ON    },
    {"off",    MSA_FOREIGN_OFF   },
    {NULL,     0                 },
};

static const choice_t METHOD_WORDS[] = {
    {"session", MSA_METHOD_SESSION},
    {"token",   MSA_METHOD_TOKEN  },
    {"basic",   MSA_METHOD_BASIC  },
    {NULL,      0                 },
};

static const char *parse_bool(cmd_parms *cmd, const char *args, void *field,
                              const choice_t *choices, const char *allowed)
{
    int value = choose(choices, msa_parse_word(cmd, args));
    if (value < 0)
        return allowed;
    *(bool *)field = value;
    return NULL;
}

static const char *parse_flag(cmd_parms *cmd, const char *args, void *field, const char *word)
{
    (void)word;
    return parse_bool(cmd, args, field, ON_OFF, "must be On or Off");
}

static const char *parse_button(cmd_parms *cmd, const char *args, void *field, const char *word)
{
    (void)word;
    return parse_bool(cmd, args, field, LINK_BUTTON, "must be link or button");
}

static const char *parse_spa(cmd_parms *cmd, const char *args, void *field, const char *word)
{
    (void)word;
    return parse_bool(cmd, args, field, NONE_SPA, "must be none or spa");
}

static const char *parse_csrf(cmd_parms *cmd, const char *args, void *field, const char *word)
{
    int value = choose(CSRF, msa_parse_word(cmd, args));
    (void)word;
    if (value < 0)
        return "must be one of origin, token, both, off";
    *(msa_csrf_t *)field = (msa_csrf_t)value;
    return NULL;
}

static const char *parse_foreign(cmd_parms *cmd, const char *args, void *field, const char *word)
{
    int value = choose(FOREIGN, msa_parse_word(cmd, args));
    (void)word;
    if (value < 0)
        return "must be one of server, On, Off";
    *(msa_foreign_t *)field = (msa_foreign_t)value;
    return NULL;
}

static const char *parse_methods(cmd_parms *cmd, const char *args, void *field, const char *word)
{
    int methods = 0;
    const char *name;
    (void)word;
    while (*(name = ap_getword_conf(cmd->pool, &args))) {
        int method = choose(METHOD_WORDS, name);
        if (method < 0)
            return "takes only the words session, token and basic";
        methods |= method;
    }
    if (!methods)
        return "takes at least one of session, token and basic";
    *(int *)field = methods;
    return NULL;
}

/* ---- numbers and durations ---- */

static const char *parse_number(cmd_parms *cmd, const char *args, void *field, const char *word)
{
    const char *text = msa_parse_word(cmd, args);
    apr_size_t digits = text ? strspn(text, "0123456789") : 0;
    (void)word;
    if (!digits || digits > 6 || text[digits])
        return "must be a whole number from 0 to 999999";
    *(int *)field = (int)apr_atoi64(text);
    return NULL;
}

static const char *parse_count(cmd_parms *cmd, const char *args, void *field, const char *word)
{
    int number = 0;
    if (parse_number(cmd, args, &number, word) || number == 0)
        return "must be a whole number from 1 to 999999";
    *(int *)field = number;
    return NULL;
}

static const char *parse_concurrency(cmd_parms *cmd, const char *args, void *field,
                                     const char *word)
{
    int number = 0;
    if (parse_count(cmd, args, &number, word) || number > MSA_MAIL_CONCURRENCY_MAX)
        return apr_psprintf(cmd->pool, "must be a whole number from 1 to %d",
                            MSA_MAIL_CONCURRENCY_MAX);
    *(int *)field = number;
    return NULL;
}

static const char *parse_duration(cmd_parms *cmd, const char *args, void *field, const char *word)
{
    const char *text = msa_parse_word(cmd, args);
    apr_interval_time_t duration = 0;
    (void)word;
    if (!text || msa_text_duration_parse(text, &duration) != APR_SUCCESS || !duration)
        return "must be a duration above 0, such as 90s, 30m, 12h or 2d";
    *(apr_interval_time_t *)field = duration;
    return NULL;
}

/* Takes a duration, or `none` as the given number. */
static const char *parse_limit(cmd_parms *cmd, const char *args, void *field, const char *word,
                               apr_interval_time_t none)
{
    const char *text = msa_parse_word(cmd, args);
    if (text && strcasecmp(text, "none") == 0)
        *(apr_interval_time_t *)field = none;
    else if (parse_duration(cmd, args, field, word))
        return "must be a duration above 0, such as 90s, 30m, 12h or 2d, or none";
    return NULL;
}

static const char *parse_duration_or_none(cmd_parms *cmd, const char *args, void *field,
                                          const char *word)
{
    return parse_limit(cmd, args, field, word, 0);
}

static const char *parse_freshness(cmd_parms *cmd, const char *args, void *field, const char *word)
{
    return parse_limit(cmd, args, field, word, -1);
}

/* ---- texts ---- */

static const char *parse_text(cmd_parms *cmd, const char *args, void *field, const char *word)
{
    const char *text = msa_parse_word(cmd, args);
    (void)word;
    if (!text || !msa_text_is_clean(text))
        return "takes one argument; put it in quotes if it has spaces";
    *(const char **)field = text;
    return NULL;
}

static const char *parse_line(cmd_parms *cmd, const char *args, void *field, const char *word)
{
    apr_array_header_t *words = apr_array_make(cmd->pool, 3, sizeof(const char *));
    const char *one;
    (void)word;
    while (*(one = ap_getword_conf(cmd->pool, &args)))
        APR_ARRAY_PUSH(words, const char *) = one;
    *(const char **)field = apr_array_pstrcat(cmd->pool, words, ' ');
    return NULL;
}

static const char *parse_words(cmd_parms *cmd, const char *args, void *field, const char *word)
{
    apr_array_header_t *words = apr_array_make(cmd->pool, 3, sizeof(const char *));
    const char *one;
    (void)word;
    while (*(one = ap_getword_conf(cmd->pool, &args)))
        APR_ARRAY_PUSH(words, const char *) = one;
    if (words->nelts == 0)
        return "takes at least one argument";
    *(const apr_array_header_t **)field = words;
    return NULL;
}

/* ---- files and programs ---- */

static const char *parse_directory(cmd_parms *cmd, const char *args, void *field, const char *word)
{
    const char *text = msa_parse_word(cmd, args);
    const char *path = text ? ap_server_root_relative(cmd->pool, text) : NULL;
    (void)word;
    if (!path || !ap_is_directory(cmd->temp_pool, path))
        return "must be an existing directory";
    *(const char **)field = path;
    return NULL;
}

static const char *parse_file(cmd_parms *cmd, const char *args, void *field, const char *word)
{
    const char *text = msa_parse_word(cmd, args);
    const char *path = text ? ap_server_root_relative(cmd->pool, text) : NULL;
    apr_finfo_t info;
    (void)word;
    if (!path || apr_stat(&info, path, APR_FINFO_TYPE, cmd->temp_pool) != APR_SUCCESS ||
        info.filetype != APR_REG)
        return "must be an existing file";
    *(const char **)field = path;
    return NULL;
}

static const char *parse_command(cmd_parms *cmd, const char *args, void *field, const char *word)
{
    const char *error = parse_words(cmd, args, field, word);
    const apr_array_header_t *words = *(const apr_array_header_t **)field;
    if (error || APR_ARRAY_IDX(words, 0, const char *)[0] != '/')
        return "must be the full path of a program and its arguments; no shell reads them";
    return NULL;
}

static const char *parse_program(cmd_parms *cmd, const char *args, void *field, const char *word)
{
    const char *text = msa_parse_word(cmd, args);
    apr_finfo_t info;
    (void)word;
    if (!text || text[0] != '/' ||
        apr_stat(&info, text, APR_FINFO_TYPE, cmd->temp_pool) != APR_SUCCESS ||
        info.filetype != APR_REG || access(text, X_OK) != 0)
        return "must be the full path of an executable program";
    *(const char **)field = text;
    return NULL;
}

static const char *parse_user(cmd_parms *cmd, const char *args, void *field, const char *word)
{
    const char *text = msa_parse_word(cmd, args);
    const struct passwd *user = text ? getpwnam(text) : NULL;
    (void)word;
    if (!user || user->pw_uid == 0)
        return "must be the name of a user of this system other than root";
    *(const char **)field = text;
    return NULL;
}

/* A file keeps the secret out of configuration dumps and backups. */
static const char *read_secret(cmd_parms *cmd, const char *text, const char **field)
{
    char *secret;
    apr_file_t *file;
    apr_size_t length = SECRET_BYTES_MAX;
    if (strncmp(text, "file:", 5) != 0) {
        *field = text;
        return NULL;
    }
    if (apr_file_open(&file, ap_server_root_relative(cmd->pool, text + 5), APR_FOPEN_READ,
                      APR_FPROT_OS_DEFAULT, cmd->temp_pool) != APR_SUCCESS)
        return "names a file that cannot be read";
    secret = apr_pcalloc(cmd->pool, SECRET_BYTES_MAX + 1);
    if (apr_file_read(file, secret, &length) != APR_SUCCESS)
        length = 0;
    apr_file_close(file);
    while (length && (secret[length - 1] == '\n' || secret[length - 1] == '\r'))
        secret[--length] = '\0';
    if (!length || length == SECRET_BYTES_MAX)
        return "names a file that is empty or too long";
    if (strlen(secret) != length)
        return "names a file that contains a NUL byte, where the secret would end";
    *field = secret;
    return NULL;
}

static const char *parse_secret(cmd_parms *cmd, const char *args, void *field, const char *word)
{
    const char *text = msa_parse_word(cmd, args);
    (void)word;
    return text ? read_secret(cmd, text, field) : "takes the secret itself or file:PATH";
}

static const char *parse_secrets(cmd_parms *cmd, const char *args, void *field, const char *word)
{
    apr_array_header_t *secrets = apr_array_make(cmd->pool, 2, sizeof(const char *));
    const char *error = NULL, *one;
    (void)word;
    while (!error && *(one = ap_getword_conf(cmd->pool, &args)))
        error = read_secret(cmd, one, apr_array_push(secrets));
    if (!secrets->nelts)
        return "takes one or more secrets, each itself or as file:PATH";
    *(const apr_array_header_t **)field = secrets;
    return error;
}

/* ---- lists of pairs ---- */

static const char *parse_subject(cmd_parms *cmd, const char *args, void *field, const char *word)
{
    const apr_array_header_t **subjects = field;
    const char *text = msa_parse_word(cmd, args);
    apr_array_header_t *list = *subjects ? apr_array_copy(cmd->pool, *subjects)
                                         : apr_array_make(cmd->pool, 4, sizeof(const char *));
    if (!text || !msa_text_is_clean(text) || strlen(text) > MSA_MAIL_SUBJECT_BYTES)
        return "takes one subject in quotes, of at most " APR_STRINGIFY(
            MSA_MAIL_SUBJECT_BYTES) " bytes";
    APR_ARRAY_PUSH(list, const char *) = word;
    APR_ARRAY_PUSH(list, const char *) = text;
    *subjects = list;
    return NULL;
}

/* ---- the kinds ---- */

/* clang-format off */
/* how it is read, whether it is barred from .htaccess */
const msa_value_kind_t msa_kind_flag             = {parse_flag,             false};
const msa_value_kind_t msa_kind_text             = {parse_text,             true};
const msa_value_kind_t msa_kind_line             = {parse_line,             true};
const msa_value_kind_t msa_kind_number           = {parse_number,           true};
const msa_value_kind_t msa_kind_count            = {parse_count,            true};
const msa_value_kind_t msa_kind_concurrency      = {parse_concurrency,      true};
const msa_value_kind_t msa_kind_duration         = {parse_duration,         false};
const msa_value_kind_t msa_kind_duration_or_none = {parse_duration_or_none, true};
const msa_value_kind_t msa_kind_freshness        = {parse_freshness,        false};
const msa_value_kind_t msa_kind_words            = {parse_words,            true};
const msa_value_kind_t msa_kind_button           = {parse_button,           true};
const msa_value_kind_t msa_kind_spa              = {parse_spa,              true};
const msa_value_kind_t msa_kind_csrf             = {parse_csrf,             true};
const msa_value_kind_t msa_kind_foreign          = {parse_foreign,          true};
const msa_value_kind_t msa_kind_methods          = {parse_methods,          false};
const msa_value_kind_t msa_kind_secret           = {parse_secret,           true};
const msa_value_kind_t msa_kind_secrets          = {parse_secrets,          true};
const msa_value_kind_t msa_kind_command          = {parse_command,          true};
const msa_value_kind_t msa_kind_directory        = {parse_directory,        true};
const msa_value_kind_t msa_kind_file             = {parse_file,             true};
const msa_value_kind_t msa_kind_program          = {parse_program,          true};
const msa_value_kind_t msa_kind_user             = {parse_user,             true};
const msa_value_kind_t msa_kind_subject          = {parse_subject,          true};
/* clang-format on */
