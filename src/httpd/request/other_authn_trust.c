/* SPDX-License-Identifier: Apache-2.0 */
/* Decides whether a name set by another module may count as one of our users': not where a
 * .htaccess could have chosen that module. */

#include "other_authn.h"

#include <apr_strings.h>

#include "../configuration/config.h"

/*
 * Anyone who can write a .htaccess can choose an authentication that believes everybody, and would
 * learn what any user may do. So a name from there does not count.
 */

/* Modules whose directives do not decide who a visitor is; any other module might. */
static const char *const HARMLESS[] = {
    "core.c",
    "mod_security_auth.c",
    "mod_authz_core.c",
    "mod_authz_host.c",
    "mod_authz_user.c",
    "mod_authz_groupfile.c",
    "mod_access_compat.c",
    "mod_alias.c",
    "mod_autoindex.c",
    "mod_charset_lite.c",
    "mod_deflate.c",
    "mod_brotli.c",
    "mod_dir.c",
    "mod_env.c",
    "mod_expires.c",
    "mod_filter.c",
    "mod_headers.c",
    "mod_include.c",
    "mod_mime.c",
    "mod_negotiation.c",
    "mod_rewrite.c",
    "mod_setenvif.c",
    "mod_speling.c",
    "mod_substitute.c",
};

static bool is_harmless(const char *name)
{
    for (size_t i = 0; i < sizeof(HARMLESS) / sizeof(HARMLESS[0]); i++) {
        if (strcmp(name, HARMLESS[i]) == 0)
            return true;
    }
    return false;
}

/* The module whose directives in this section could name visitors; NULL = none. <Files> and <If>
 * are sections inside it. */
static const char *namer_in(const ap_conf_vector_t *section);

static const char *namer_in_all(const apr_array_header_t *sections)
{
    const char *namer = NULL;
    for (int i = 0; !namer && sections && i < sections->nelts; i++)
        namer = namer_in(APR_ARRAY_IDX(sections, i, const ap_conf_vector_t *));
    return namer;
}

static const char *namer_in(const ap_conf_vector_t *section)
{
    const core_dir_config *core = ap_get_core_module_config(section);
    const char *namer = NULL;
    for (const module *one = ap_top_module; one; one = one->next) {
        if (ap_get_module_config(section, one) && !is_harmless(one->name))
            return one->name;
    }
    if (core)
        namer = namer_in_all(core->sec_file);
    return namer || !core ? namer : namer_in_all(core->sec_if);
}

static bool is_in(const char *file, const char *directory)
{
    return file && strncmp(file, directory, strlen(directory)) == 0;
}

static const char *namer_of(const request_rec *r)
{
    const char *namer = NULL;
    for (const struct htaccess_result *one = r->htaccess; one && !namer; one = one->next) {
        if (one->htaccess && is_in(r->filename, one->dir))
            namer = namer_in(one->htaccess);
    }
    return namer;
}

const char *msa_other_authn_objection(const request_rec *r)
{
    msa_foreign_t foreign = msa_config_server(r->server)->settings.foreign_users;
    const char *namer = foreign == MSA_FOREIGN_SERVER ? namer_of(r) : NULL;
    if (foreign == MSA_FOREIGN_OFF)
        return "SecurityForeignUsers is Off";
    return namer ? apr_psprintf(r->pool,
                                "a .htaccess has directives of %s; configure authentication "
                                "outside .htaccess, or set SecurityForeignUsers On",
                                namer)
                 : NULL;
}

bool msa_other_authn_counts(const request_rec *r)
{
    return !msa_other_authn_objection(r);
}
