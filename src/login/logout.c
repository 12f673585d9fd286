/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: `gantry logout`.
 * Never: says that it is done while other credentials are left, without naming them.
 * Follows: gantry-logout(1). */

#include <string.h>

#include "basic/cli.h"
#include "basic/log.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "login/auth-store.h"
#include "registry/credentials.h"

static const char *arg_authfile;
static bool arg_all;

static const CliOption options[] = {
        { 'a', "all", NULL, "Log out of all registries", cli_set_true, &arg_all },
        { 0, "authfile", "FILE", "Remove credentials from FILE", cli_set_file, &arg_authfile },
        {},
};

static const CliProgram program = {
        .name = "gantry-logout",
        .arguments = "[OPTION…] REGISTRY | --all",
        .summary = "Forget the password of a registry.",
        .options = options,
};

/* Where credentials come from now. 0 and NULL: there are none. */
static int find_others(const char *key, char **ret_file) {
        _cleanup_credentials_ Credentials c = {};
        _cleanup_free_ char *why = NULL;

        *ret_file = NULL;
        if (arg_authfile)
                return 0;

        int r = credentials_find(/* authfile= */ NULL, key, &c, ret_file, &why);
        if (r < 0)
                return log_error_errno(r, "Cannot read credentials: %s", why ? why : strerror(-r));

        return 0;
}

static int logout(AuthStore *s, const char *key) {
        _cleanup_free_ char *others = NULL;

        int removed = auth_store_remove(s, key);
        int r = removed < 0 ? removed : find_others(key, &others);
        if (r < 0)
                return r;
        if (removed == 0 && others)
                return log_error_errno(
                                -ENOENT,
                                "Cannot log out of '%s': its credentials are in '%s'; use --authfile=%s",
                                key, others, others);
        if (removed == 0)
                return log_error_errno(-ENOENT, "Cannot log out of '%s': not logged in", key);

        log_info("Logged out of '%s'", key);
        if (others)
                log_warning("There are other credentials for '%s' in '%s'", key, others);
        return 0;
}

static int logout_of_all(AuthStore *s) {
        int r = auth_store_remove(s, /* key= */ NULL);
        if (r < 0)
                return r;

        log_info(r > 0 ? "Logged out of all registries of '%s'" : "There were no logins in '%s'", s->path);
        if (s->parsed.store || s->parsed.helpers.n > 0)
                log_warning("What credential helpers keep is still there; name the registries");
        return 0;
}

static int run(int argc, char **argv) {
        _cleanup_auth_store_ AuthStore s = { .dir_fd = -EBADF };
        _cleanup_free_ char *key = NULL;
        char **arguments;

        int r = cli_parse(&program, argc, argv, &arguments);
        if (r <= 0)
                return r;
        if (strv_length(arguments) != (arg_all ? 0 : 1))
                return log_error_errno(-EINVAL, "Which registry? Name one, or say --all alone");

        r = arg_all ? 0 : auth_key_normalise(arguments[0], &key);
        if (r < 0)
                return log_error_errno(r, "Cannot log out of '%s': not of the form HOST[:PORT][/PATH]",
                                       arguments[0]);
        r = cli_confine(CONFINE_CREDENTIALS, /* directory_fd= */ -EBADF);
        if (r >= 0)
                r = auth_store_open(arg_authfile, &s);
        if (r < 0)
                return r;

        return arg_all ? logout_of_all(&s) : logout(&s, key);
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), EXIT_FAILURE);
}
