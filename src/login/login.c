/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: `gantry login`.
 * Never: takes a password from the command line or shows one; keeps one that the registry does not accept.
 * Follows: gantry-login(1). */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "basic/cli.h"
#include "basic/fd.h"
#include "basic/log.h"
#include "basic/process.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "image/reference.h"
#include "login/auth-store.h"
#include "login/prompt.h"
#include "registry/credentials.h"
#include "registry/lookup.h"
#include "registry/session.h"

#define PASSWORD_MAX (64 * 1024U)

static const char *arg_user, *arg_authfile;
static bool arg_password_stdin, arg_get_login;

static const CliOption options[] = {
        { 'u', "username", "NAME", "Log in as NAME instead of asking", cli_set_string, &arg_user },
        { 0, "password-stdin", NULL, "Read the password from standard input", cli_set_true,
          &arg_password_stdin },
        { 0, "authfile", "FILE", "Keep credentials in FILE", cli_set_file, &arg_authfile },
        { 0, "get-login", NULL, "Print as whom one is logged in, and exit", cli_set_true, &arg_get_login },
        {},
};

static const CliProgram program = {
        .name = "gantry-login",
        .arguments = "[OPTION…] REGISTRY",
        .summary = "Log in to a registry.",
        .options = options,
};

static int ask(const char *question, bool secret, char **ret) {
        int r = prompt(question, secret, ret);
        if (r == -ENODATA)
                return log_error_errno(r, "Cannot log in: nothing was typed");
        if (r < 0)
                return log_error_errno(
                                r, "Cannot ask without a terminal: use --username=NAME --password-stdin");

        return 0;
}

static int get_user(char **ret) {
        if (arg_user)
                return str_copy(arg_user, ret);
        if (arg_password_stdin)
                return log_error_errno(-EINVAL, "Whose password? Say --username=NAME");

        return ask("User name: ", /* secret= */ false, ret);
}

/* One line end is not a part of it. */
static int read_password(char **ret) {
        _cleanup_secret_blob_ Blob text = {};

        int r = fd_read_blob(STDIN_FILENO, PASSWORD_MAX, &text);
        if (r < 0)
                return log_error_errno(r, "Cannot read the password from standard input: %m");

        char *password = text.data;
        size_t n = text.size;
        if (n > 0 && password[n - 1] == '\n')
                password[--n] = '\0';
        if (n > 0 && password[n - 1] == '\r')
                password[--n] = '\0';
        if (n == 0 || strlen(password) != n)
                return log_error_errno(-EINVAL, "Cannot use the password: it %s",
                                       n == 0 ? "is empty" : "has a NUL byte");

        *ret = TAKE_PTR(text.data);
        return 0;
}

static int get_password(char **ret) {
        return arg_password_stdin ? read_password(ret) : ask("Password: ", /* secret= */ true, ret);
}

/* Asks the registry itself. */
static int check(const char *key, const char *user, const char *password) {
        _cleanup_session_ Session *session = NULL;
        _cleanup_access_ Access access = {};
        _cleanup_free_ char *why = NULL, *host = strndup(key, strcspn(key, "/"));
        FetchLimits limits;

        int r = host ? fetch_limits_load(&limits, &why) : -ENOMEM;
        if (r >= 0)
                r = access_for_login(host, &limits, user, password, &access, &why);
        if (r >= 0)
                r = session_open(&access, &session, &why);
        if (r >= 0)
                r = session_call(session, (char *[]) { (char *) "login", NULL }, -EBADF, /* hooks= */ NULL,
                                 /* ret= */ NULL, &why);
        if (r < 0)
                return log_error_errno(r, "Cannot log in to '%s': %s", key, why ? why : strerror(-r));

        return 0;
}

/* Another file may come first, of a login by podman or in the session. */
static void look_again(const AuthStore *s, const char *key, const char *user) {
        _cleanup_credentials_ Credentials c = {};
        _cleanup_free_ char *file = NULL, *why = NULL;

        int r = credentials_find(arg_authfile, key, &c, &file, &why);
        if (r < 0)
                log_warning("These credentials cannot be used yet: %s", why ? why : strerror(-r));
        else if (r > 0 && !streq_ptr(c.user, user) && !streq(file, s->path))
                log_warning("Other credentials for '%s' come first, those in '%s'", key, file);
}

static int keep(const char *key, const char *user, const char *password) {
        _cleanup_auth_store_ AuthStore s = { .dir_fd = -EBADF };

        int r = auth_store_open(arg_authfile, &s);
        if (r >= 0)
                r = auth_store_set(&s, key, user, password);
        if (r < 0)
                return r;

        const char *helper = auth_store_helper(&s, key);
        log_info("Logged in to '%s' as '%s'; the password is in %s%s", key, user,
                 helper ? "the care of docker-credential-" : "", helper ? helper : s.path);
        look_again(&s, key, user);
        return 0;
}

static int login(const char *key) {
        _cleanup_secret_ char *user = NULL, *password = NULL;
        _cleanup_free_ char *why = NULL;

        int r = get_user(&user);
        if (r >= 0)
                r = get_password(&password);
        if (r < 0)
                return r;

        r = credentials_check(user, password, &why);
        if (r < 0)
                return log_error_errno(r, "Cannot log in to '%s': %s", key, why ? why : strerror(-r));
        r = check(key, user, password);
        return r < 0 ? r : keep(key, user, password);
}

static int show_login(const char *key) {
        _cleanup_credentials_ Credentials c = {};
        _cleanup_free_ char *why = NULL;

        int r = credentials_find(arg_authfile, key, &c, /* ret_file= */ NULL, &why);
        if (r < 0)
                return log_error_errno(r, "Cannot read credentials: %s", why ? why : strerror(-r));
        if (r == 0)
                return log_error_errno(-ENOENT, "Not logged in to '%s'; use 'gantry login %s'", key, key);

        puts(c.user ? c.user : "<token>");
        return 0;
}

/* Nobody would ever be asked for what is behind a tag, or for a path that no image has. */
static int check_path(const char *key) {
        _cleanup_free_ char *image = NULL, *why = NULL;
        _cleanup_reference_ Reference *reference = NULL;

        if (!strchr(key, '/'))
                return 0;

        int r = str_printf(&image, "docker://%s/x", key);
        if (r >= 0)
                r = reference_parse(image, &reference, &why);
        return r < 0 ? log_error_errno(r, "Cannot log in to '%s': no image is below that: %s", key,
                                       why ? why : strerror(-r))
                     : 0;
}

static int run(int argc, char **argv) {
        _cleanup_free_ char *key = NULL;
        char **arguments;

        int r = cli_parse(&program, argc, argv, &arguments);
        if (r <= 0)
                return r;
        if (strv_length(arguments) != 1)
                return log_error_errno(-EINVAL, "Which registry? Name one, e.g. docker.io");

        r = auth_key_normalise(arguments[0], &key);
        if (r < 0)
                return log_error_errno(r, "Cannot log in to '%s': not of the form HOST[:PORT][/PATH]",
                                       arguments[0]);
        r = cli_confine(CONFINE_CREDENTIALS, /* directory_fd= */ -EBADF);
        if (r < 0)
                return r;

        if (arg_get_login)
                return show_login(key);

        r = check_path(key);
        return r < 0 ? r : login(key);
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), EXIT_FAILURE);
}
