/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: calling the tools that do the work before a pod can start.
 * Never: does any of it here.
 * Follows: DESIGN.md section 1: a tool is one arrow. */

#include <string.h>
#include <unistd.h>

#include "basic/cli.h"
#include "basic/fd.h"
#include "basic/log.h"
#include "basic/process.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "run/steps.h"
#include "store/image-dir.h"

/* Runs a tool of ours on the same store. Returns its exit status; what it printed, without the newline,
 * is the result. */
static int call(const char *tool, char *const *arguments, char **ret_line) {
        _cleanup_free_ char *path = NULL, *output = NULL;
        _cleanup_strv_ char **argv = NULL;

        int r = program_path(tool, &path);
        if (r >= 0)
                r = strv_add(&argv, path);
        if (r >= 0)
                r = strv_addf(&argv, "--root=%s", cli_root);
        if (r >= 0 && cli_quiet)
                r = strv_add(&argv, "--quiet");
        if (r >= 0)
                r = strv_add_all(&argv, arguments);
        if (r >= 0)
                r = process_capture(&(Spawn) { .argv = argv, .in = -EBADF, .out = -EBADF, .err = -EBADF },
                                    64 * 1024, &output);
        if (r < 0)
                return log_error_errno(r, "Cannot run '%s': %m", tool);

        output[strcspn(output, "\n")] = '\0';
        *ret_line = TAKE_PTR(output);
        return r;
}

/* 1 if the store has it, 0 if not. */
static int is_stored(const Reference *reference) {
        _cleanup_(store_closep) Store *s = NULL;
        Digest id;

        int r = store_open(cli_root, 0, &s);
        if (r >= 0)
                r = image_resolve(s, reference, &id);

        return r == -ENOENT ? 0 : r < 0 ? r : 1;
}

int step_fetch(const char *text, char **ret_image) {
        _cleanup_reference_ Reference *reference = NULL;
        _cleanup_free_ char *why = NULL, *id = NULL;

        int r = reference_parse(text, &reference, &why);
        if (r < 0)
                return log_error_errno(r, "Cannot use '%s' as an image reference: %s", text,
                                       why ? why : strerror(-r));

        bool named = reference->kind == REFERENCE_REGISTRY || reference->kind == REFERENCE_ACI;
        r = named || reference->kind == REFERENCE_ID ? is_stored(reference) : 0;
        if (r < 0)
                return log_error_errno(r, "Cannot look up image '%s': %m", text);
        if (r > 0)
                return str_copy(text, ret_image);

        r = call("gantry-fetch", (char *[]) { (char *) text, NULL }, &id);
        if (r != 0)
                return r < 0 ? r : -EACCES;

        return named ? str_copy(text, ret_image) : str_copy(id, ret_image);
}

int step_verify(const char *image) {
        _cleanup_free_ char *line = NULL;

        int r = call("gantry-verify", (char *[]) { (char *) image, NULL }, &line);
        return r > 0 ? -EACCES : r;
}

int step_prepare(char *const *options, const char *image, char *const *arguments, char **ret_uuid) {
        _cleanup_strv_ char **argv = NULL;
        _cleanup_free_ char *uuid = NULL;

        int r = strv_add_all(&argv, options);
        if (r >= 0)
                r = strv_add(&argv, image);
        if (r >= 0 && strv_length(arguments) > 0)
                r = strv_add(&argv, "--");
        if (r >= 0)
                r = strv_add_all(&argv, arguments);
        if (r >= 0)
                r = call("gantry-prepare", argv, &uuid);
        if (r != 0)
                return r < 0 ? r : -EINVAL;

        *ret_uuid = TAKE_PTR(uuid);
        return 0;
}
