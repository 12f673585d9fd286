/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the root that `gantry exec --tools=` gives its command: the layers of an image, mounted for a pod.
 * Never: uses an image that the trust rules of this moment do not admit; writes to a layer, or to the disk.
 * Follows: mount-tools(8), open_tree(2). */

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "basic/cli.h"
#include "basic/fd-pass.h"
#include "basic/fd.h"
#include "basic/log.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "pod/annotations.h"
#include "pod/pod-manifest.h"
#include "pod/stage1-kind.h"
#include "pod/tools.h"
#include "pull/pull.h"
#include "stage/labels.h"
#include "stage/layers.h"
#include "stage/place.h"
#include "stage/root.h"
#include "store/image-dir.h"

static const CliProgram program = {
        .name = "mount-tools",
        .arguments = "[OPTION…] UUID IMAGE",
        .summary = "Mount an image for a pod; gantry-exec gets it over fd 3.",
        .common = CLI_ROOT,
};

static int find_image(Store *s, const char *text, Digest *ret) {
        _cleanup_reference_ Reference *reference = NULL;

        int r = reference_parse(text, &reference, /* reterr_why= */ NULL);
        if (r >= 0)
                r = image_reference_localize(reference);
        if (r >= 0)
                r = image_resolve(s, reference, ret);
        if (r < 0)
                return log_error_errno(r, "Cannot look up image '%s': %m", text);

        return 0;
}

static int open_pod(Store *store, const char *uuid, Stage *s) {
        int r = pod_dir_open(store_pods_fd(store), POD_RUNNING, uuid, &s->pod);
        if (r >= 0)
                r = pod_manifest_read(&s->pod, &s->manifest, NULL);
        if (r >= 0 && !stage_is(s, ANNOTATION_USER_NAMESPACE, "host"))
                r = pod_dir_uid_base(&s->pod, &s->uid_base);
        if (r < 0)
                return log_error_errno(r, "Cannot look at pod '%s': %m", uuid);

        return labels_read(s);
}

/* Where the pod's own will be seen. What the image has there stays as it is. */
static int make_targets(const StageApp *a) {
        static const char *const directories[] = { TOOLS_DIRECTORIES, NULL };

        _cleanup_close_ int root = dir_open_at(AT_FDCWD, a->root, 0);
        if (root < 0)
                return root;
        for (const char *const *d = directories; *d; d++) {
                if (mkdirat(root, *d, 0755) < 0) {
                        if (errno == EEXIST)
                                continue;
                        return -errno;
                }
                if (fchownat(root, *d, a->stage->uid_base, a->stage->uid_base, AT_SYMLINK_NOFOLLOW) < 0)
                        return -errno;
        }

        return 0;
}

/* What is written goes to the place, which is in memory, and lasts as long as the command. Returns a detached mount. */
static int mount_image(Stage *s, const int *layers, size_t n, const char **reterr_what) {
        StageApp *a;

        int r = place_make(s, reterr_what);
        if (r >= 0)
                r = stage_add_app(s, /* app= */ NULL, 1, &a);
        if (r < 0)
                return r;
        a->fd = dir_open_at(s->place_fd, "tools", 0755);
        if (a->fd < 0)
                return a->fd;

        r = root_make_app_place(a);
        if (r >= 0)
                r = root_mount(a, layers, n, reterr_what);
        if (r < 0)
                return r;
        *reterr_what = "make the directories for what is the pod's";
        r = make_targets(a);
        if (r < 0)
                return r;

        *reterr_what = "take the root along";
        int fd = open_tree(AT_FDCWD, a->root, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

static int mount_tools(Store *store, const char *uuid, const char *image) {
        _cleanup_stage_ Stage s = STAGE_NULL;
        _cleanup_free_ int *layers = NULL;
        const char *what;
        Digest id;
        size_t n;

        int r = open_pod(store, uuid, &s);
        if (r >= 0) /* the command will have the rights that the pod has */
                r = pull_verify(image, pod_stage1(s.manifest));
        if (r >= 0)
                r = find_image(store, image, &id);
        if (r >= 0)
                r = layers_open(store, &id, &layers, &n);
        if (r < 0)
                return r;

        _cleanup_close_ int tree = mount_image(&s, layers, n, &what);
        if (tree < 0)
                return log_error_errno(tree, "Cannot %s for pod '%s': %m", what, s.pod.name);
        r = fd_pass(TOOLS_SOCKET, tree);
        if (r < 0)
                return log_error_errno(r, "Cannot hand image '%s' over: %m", image);

        return 0;
}

static int run(int argc, char **argv) {
        _cleanup_(store_closep) Store *store = NULL;
        char **args;

        int r = cli_parse(&program, argc, argv, &args);
        if (r <= 0)
                return r;
        if (strv_length(args) != 2) {
                log_error("Which pod, and which image? Give the UUID of the one and the name of the other");
                return -EINVAL;
        }

        /* Before anything is opened, as stage1 does. */
        r = place_unshare();
        if (r < 0)
                return log_error_errno(r, "Cannot make a mount namespace: %m");
        r = store_open(cli_root, 0, &store);
        if (r < 0)
                return log_error_errno(r, "Cannot open the store '%s': %s", cli_root,
                                       store_strerror(cli_root, r).text);

        return mount_tools(store, args[0], args[1]);
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), EXIT_FAILURE);
}
