/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the talk with credential helpers.
 * Never: waits for one longer than half a minute; repeats what it said; has a secret on a command line.
 * Follows: https://github.com/docker/docker-credential-helpers#development. */

#include "basic/fd.h"
#include "basic/process.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "image/json-table.h"
#include "registry/credential-helper.h"

#define ANSWER_MAX (64U * 1024U)
#define SECONDS_MAX 30U

/* docker logs in to its own registry under a name from before there were others. */
static const char *server_name(const char *key) {
        return streq(key, "docker.io") ? "https://index.docker.io/v1/" : key;
}

static int explain(int r, const char *program, char **reterr_why) {
        switch (r) {
        case -ENOENT: return refuse(reterr_why, r, "%s is not in PATH", program);
        case -ETIMEDOUT: return refuse(reterr_why, r, "%s did not end within %u s", program, SECONDS_MAX);
        case -EFBIG: return refuse(reterr_why, r, "%s says more than 64 KiB", program);
        default: return refuse(reterr_why, r, "cannot run %s: %s", program, strerror(-r));
        }
}

/* Returns 1 and what it said, or 0 if it does not have what was asked for. */
static int talk(const char *name, const char *verb, const char *input, char **ret, char **reterr_why) {
        static const char not_found[] = "credentials not found in native keychain";
        _cleanup_secret_ char *output = NULL;
        _cleanup_free_ char *program = NULL;

        _cleanup_close_ int fd = memory_file("credential-helper", input, strlen(input));
        if (fd < 0)
                return fd;
        int r = str_printf(&program, "docker-credential-%s", name);
        if (r < 0)
                return r;

        r = process_capture(&(Spawn) { .argv = (char *const[]) { program, (char *) verb, NULL },
                                       .in = fd,
                                       .out = -EBADF,
                                       .err = -EBADF,
                                       .timeout = SECONDS_MAX },
                            ANSWER_MAX, &output);
        if (r < 0)
                return explain(r, program, reterr_why);
        if (r > 0 && startswith(output, not_found))
                return 0;
        if (r > 0)
                return refuse(reterr_why, -EIO, "'%s %s' failed with status %d", program, verb, r);

        *ret = TAKE_PTR(output);
        return 1;
}

static const JsonField answer_fields[] = {
        { "Username", json_decode_string, offsetof(Credentials, user) },
        { "Secret", json_decode_string, offsetof(Credentials, password), JSON_MANDATORY },
        {},
};

static int decode_answer(const Json *value, void *target, const JsonPath *at) {
        return json_decode_object(value, answer_fields, target, at);
}

/* 1, or 0 if the answer is an empty one. */
static int read_answer(const char *name, const char *text, Credentials *ret, char **reterr_why) {
        _cleanup_credentials_ Credentials c = {};

        int r = json_parse_into(text, strlen(text), decode_answer, &c, /* reterr_why= */ NULL);
        if (r == -ENOMEM)
                return r;
        if (r < 0 || (c.user && strchr(c.user, ':')))
                return refuse(reterr_why, -EBADMSG,
                              "docker-credential-%s does not answer as credential helpers do", name);
        if (!c.user || c.user[0] == '\0' || c.password[0] == '\0')
                return 0;

        if (streq(c.user, "<token>")) {
                c.identity_token = TAKE_PTR(c.password);
                c.user = secret_free(c.user);
        }
        *ret = c;
        c = (Credentials) {};
        return 1;
}

int credential_helper_get(const char *name, const char *key, Credentials *ret, char **reterr_why) {
        _cleanup_secret_ char *answer = NULL;

        int r = talk(name, "get", server_name(key), &answer, reterr_why);
        return r <= 0 ? r : read_answer(name, answer, ret, reterr_why);
}

int credential_helper_store(const char *name, const char *key, const char *user, const char *password,
                            char **reterr_why) {
        _cleanup_json_ Json *message = json_new_object();
        _cleanup_secret_ char *answer = NULL;
        _cleanup_secret_blob_ Blob text = {};

        if (!message)
                return -ENOMEM;

        int r = json_set_string(message, "ServerURL", server_name(key));
        if (r >= 0)
                r = json_set_string(message, "Username", user);
        if (r >= 0)
                r = json_set_string(message, "Secret", password);
        if (r >= 0)
                r = json_format(message, /* pretty= */ false, &text);
        if (r >= 0)
                r = talk(name, "store", text.data, &answer, reterr_why);

        return MIN(r, 0);
}

int credential_helper_erase(const char *name, const char *key, char **reterr_why) {
        _cleanup_secret_ char *answer = NULL;

        return talk(name, "erase", server_name(key), &answer, reterr_why);
}
