/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: whether an image has to be fetched before it can be used; having it fetched, and judged once more.
 * Never: fetches or judges: that is for gantry-fetch and gantry-verify.
 * Follows: gantry-run(1), "--pull=". */

#include <string.h>

#include "basic/cli.h"
#include "basic/log.h"
#include "basic/str.h"
#include "pull/pull.h"
#include "store/image-dir.h"

const char *pull_registry_socket;

int pull_set_mode(const char *value, void *target) {
        static const char *const words[] = {
                [PULL_MISSING] = "missing",
                [PULL_ALWAYS] = "always",
                [PULL_NEVER] = "never",
        };

        for (size_t i = 0; i < ELEMENTSOF(words); i++)
                if (streq(value, words[i])) {
                        *(PullMode *) target = i;
                        return 0;
                }

        return -EINVAL;
}

static bool is_file(const Reference *ref) {
        return ref->path && ref->kind != REFERENCE_ACI_URL;
}

/* Whether it says what the image is called, by which it is judged. */
static bool is_name(const Reference *ref) {
        return ref->kind != REFERENCE_ACI_FILE && ref->kind != REFERENCE_ACI_URL &&
               ref->kind != REFERENCE_ID;
}

static int parse(const char *text, Reference **ret) {
        _cleanup_reference_ Reference *ref = NULL;
        _cleanup_free_ char *why = NULL;

        int r = reference_parse(text, &ref, &why);
        if (r < 0)
                return log_error_errno(r, "Cannot use '%s' as an image reference: %s", text,
                                       why ? why : strerror(-r));
        r = image_reference_localize(ref);
        if (r < 0)
                return log_error_errno(r, "Cannot open '%s': %m", ref->path);

        *ret = TAKE_PTR(ref);
        return 0;
}

/* 1 if the store has it, 0 if not. */
static int look_up(const Reference *ref, const char *text, Digest *ret) {
        _cleanup_(store_closep) Store *s = NULL;

        int r = store_open(cli_root, 0, &s);
        if (r >= 0)
                r = image_resolve(s, ref, ret);
        if (r == -ENOTUNIQ)
                return log_error_errno(
                                r, "Cannot use '%s': several images have this ID prefix; give more of it",
                                text);
        if (r < 0 && r != -ENOENT)
                return log_error_errno(r, "Cannot look up image '%s': %m", text);

        return r >= 0;
}

/* Of a file, what it is called is known only when it has been opened. */
static int check_stage1(const Reference *ref, const char *text, const char *stage1) {
        _cleanup_free_ char *covered = NULL, *asked = NULL, *nothing = NULL;

        if (!stage1 || !is_name(ref))
                return 0;

        int r = str_printf(&covered, "--covered=%s", text);
        if (r >= 0)
                r = str_printf(&asked, "--stage1=%s", stage1);
        if (r >= 0)
                r = cli_call("gantry-verify", (char *[]) { covered, asked, NULL }, &nothing);

        return r > 0 ? -EACCES : r;
}

static int fetch(const Reference *ref, const char *text, const char *stage1, char **ret_id) {
        _cleanup_free_ char *option = NULL;

        int r = check_stage1(ref, text, stage1);
        if (r >= 0 && pull_registry_socket)
                r = str_printf(&option, "--registry-socket=%s", pull_registry_socket);
        if (r >= 0)
                r = cli_call("gantry-fetch", (char *[]) { (char *) text, option, NULL }, ret_id);

        return r > 0 ? -EACCES : r;
}

static int find_or_fetch(const Reference *ref, const char *text, PullMode mode, const char *stage1,
                         char **ret_id) {
        char id[DIGEST_TEXT_MAX];
        Digest digest;

        if (mode == PULL_ALWAYS || (mode == PULL_MISSING && is_file(ref)))
                return fetch(ref, text, stage1, ret_id);

        int r = look_up(ref, text, &digest);
        if (r < 0)
                return r;
        if (r == 0 && mode == PULL_NEVER)
                return log_error_errno(
                                -ENOENT,
                                "Cannot use '%s': the store does not have it, and --pull=never forbids to fetch it",
                                text);
        if (r == 0)
                return fetch(ref, text, stage1, ret_id);

        digest_format_id(&digest, id);
        return str_copy(id, ret_id);
}

int pull_image(const char *text, PullMode mode, const char *stage1, char **ret_image) {
        _cleanup_reference_ Reference *ref = NULL;
        _cleanup_free_ char *id = NULL;

        int r = parse(text, &ref);
        if (r >= 0)
                r = find_or_fetch(ref, text, mode, stage1, &id);
        if (r < 0)
                return r;

        return str_copy(is_name(ref) ? text : id, ret_image);
}

int pull_verify(const char *image, const char *stage1) {
        _cleanup_free_ char *line = NULL, *asked = NULL;

        int r = stage1 ? str_printf(&asked, "--stage1=%s", stage1) : 0;
        if (r >= 0)
                r = cli_call("gantry-verify", (char *[]) { (char *) "--quiet", (char *) image, asked, NULL },
                             &line);
        return r > 0 ? -EACCES : r;
}
