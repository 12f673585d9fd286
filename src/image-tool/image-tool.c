/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: `gantry image list|rm|cat-manifest`.
 * Never: judges; removes what a pod is made of.
 * Follows: gantry-image(1). */

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "basic/cli.h"
#include "basic/fd.h"
#include "basic/log.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "basic/table.h"
#include "image/appc-pod.h"
#include "image/oci.h"
#include "pod/pod-dir.h"
#include "store/image-dir.h"

static const CliProgram program = {
        .name = "gantry-image",
        .arguments = "list|rm|cat-manifest [OPTION…] [REF…]",
        .summary = "List images, show their manifests, remove them.",
        .common = CLI_ROOT | CLI_TABLE,
};

static int find(Store *s, const char *text, Digest *ret) {
        _cleanup_reference_ Reference *reference = NULL;
        _cleanup_free_ char *why = NULL;

        int r = reference_parse(text, &reference, &why);
        if (r < 0)
                return log_error_errno(r, "Cannot use '%s' as an image reference: %s", text,
                                       why ? why : strerror(-r));

        r = image_resolve(s, reference, ret);
        if (r == -ENOENT)
                return log_error_errno(
                                r, "Cannot find image '%s': it is not in the store; see 'gantry image list'",
                                text);
        if (r < 0)
                return log_error_errno(r, "Cannot find image '%s': %m", text);

        return 0;
}

static int list(Store *s) {
        static const char *const headings[] = { "NAME", "ID", "RESOLVED", NULL };
        _cleanup_(table_freep) Table *t = table_new(headings);
        ImageRef *refs = NULL;
        size_t n = 0;

        int r = t ? image_ref_list(s, &refs, &n) : -ENOMEM;
        if (r < 0)
                return log_error_errno(r, "Cannot list images: %m");

        for (size_t i = 0; i < n && r >= 0; i++) {
                time_t resolved = refs[i].resolved_usec / 1000000;
                char id[DIGEST_TEXT_MAX], when[32] = "";
                struct tm tm;

                if (localtime_r(&resolved, &tm))
                        (void) strftime(when, sizeof(when), "%F %T", &tm);
                digest_format_id(&refs[i].id, id);
                r = table_add(t, (const char *[]) { refs[i].reference, id, when });
        }
        image_refs_free(refs, n);

        return r < 0 ? r : table_print(t);
}

/* The name of a pod that is made of the image, or NULL. */
static int find_user(Store *s, const Digest *id, char **ret) {
        _cleanup_free_ char *user = NULL;
        PodDir *pods = NULL;
        size_t n = 0;

        int r = pod_dir_list(store_pods_fd(s), &pods, &n);
        for (size_t i = 0; r >= 0 && i < n && !user; i++) {
                _cleanup_(appc_pod_freep) AppcPod *pod = NULL;
                _cleanup_blob_ Blob text = {};

                if (pods[i].phase == POD_GARBAGE ||
                    file_read_at(pods[i].fd, "pod.json", APPC_DOCUMENT_MAX, &text) < 0 ||
                    appc_pod_parse(text.data, text.size, &pod, NULL) < 0)
                        continue;
                for (size_t k = 0; k < pod->n_apps && !user; k++)
                        if (pod->apps[k].has_image_id && digest_equal(&pod->apps[k].image_id, id))
                                r = str_copy(pods[i].name ? pods[i].name : pods[i].uuid, &user);
        }
        pod_dirs_free(pods, n);

        *ret = TAKE_PTR(user);
        return r;
}

static int rm(Store *s, const char *text) {
        _cleanup_free_ char *user = NULL;
        Digest id;

        int r = find(s, text, &id);
        if (r < 0)
                return r;

        r = find_user(s, &id, &user);
        if (r >= 0 && user)
                return log_error_errno(-EBUSY, "Cannot remove image '%s': pod '%s' is made of it", text,
                                       user);
        if (r >= 0)
                r = image_dir_remove(s, &id);
        if (r < 0)
                return log_error_errno(r, "Cannot remove image '%s': %m", text);

        return 0;
}

static int cat_manifest(Store *s, const char *text) {
        _cleanup_blob_ Blob manifest = {};
        Digest id;

        int r = find(s, text, &id);
        if (r < 0)
                return r;

        _cleanup_close_ int fd = image_dir_open(s, &id);
        r = fd < 0 ? fd : image_file_read(fd, "manifest", OCI_DOCUMENT_MAX, &manifest);
        if (r >= 0)
                r = fd_write_full(STDOUT_FILENO, manifest.data, manifest.size);
        if (r < 0)
                return log_error_errno(r, "Cannot show the manifest of '%s': %m", text);

        return 0;
}

static int each(Store *s, char *const *args, int (*act)(Store *s, const char *text)) {
        int result = 0;

        if (strv_length(args) == 0) {
                log_error("Which image? See 'gantry image list'");
                return -EINVAL;
        }
        STRV_FOREACH(text, args) {
                int r = act(s, *text);
                if (r < 0)
                        result = r;
        }

        return result;
}

static int run(int argc, char **argv) {
        _cleanup_(store_closep) Store *s = NULL;
        char **args;

        int r = cli_parse(&program, argc, argv, &args);
        if (r <= 0)
                return r;
        const char *verb = args[0] ? args[0] : "list";
        char **rest = args[0] ? args + 1 : args;

        r = store_open(cli_root, 0, &s);
        if (r < 0)
                return log_error_errno(r, "Cannot open the store '%s': %m", cli_root);

        if (streq(verb, "list") && !rest[0])
                return list(s);
        if (streq(verb, "rm"))
                return each(s, rest, rm);
        if (streq(verb, "cat-manifest"))
                return each(s, rest, cat_manifest);

        log_error("Unknown verb '%s'; see 'gantry image --help'", verb);
        return -EINVAL;
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), EXIT_FAILURE);
}
