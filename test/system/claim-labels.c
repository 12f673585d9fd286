/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: pods of nothing but a name, ids and labels, for test-selinux.sh to have many of, by the functions that gantry-prepare has.
 * Never: looks whether two have the same; the test does.
 * Follows: pod/pod-commit.h, selinux/pod-labels.h.
 *
 * Usage: claim-labels STORE PREFIX NUMBER       prints the labels of each pod's processes and files, which the policy has to have */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "basic/str.h"
#include "pod/pod-commit.h"
#include "selinux/pod-labels.h"
#include "store/store.h"

_noreturn_ static void die(const char *what, int error, const char *why) {
        fprintf(stderr, "%s: %s\n", what, why ? why : strerror(-error));
        exit(EXIT_FAILURE);
}

static void claim(Store *s, const char *prefix, unsigned number) {
        _cleanup_pod_dir_ PodDir p = { .fd = -EBADF };
        _cleanup_pod_labels_ PodLabels labels = {};
        _cleanup_free_ char *name = NULL, *why = NULL;
        const AppcPod pod = {};

        int r = str_printf(&name, "%s-%u", prefix, number);
        if (r >= 0)
                r = pod_dir_create(store_pods_fd(s), &p);
        if (r >= 0)
                r = pod_dir_commit(store_pods_fd(s), &p, name, /* level= */ NULL);
        if (r >= 0)
                r = pod_labels_read(&pod, &p, &labels, &why);
        if (r < 0)
                die("Cannot make a pod", r, why);

        printf("%s %s\n", labels.process, labels.file);
}

int main(int argc, char **argv) {
        _cleanup_(store_closep) Store *s = NULL;

        if (argc != 4 || setvbuf(stdout, NULL, _IOLBF, 0) != 0) /* others write to the same file */
                return EXIT_FAILURE;
        int r = store_open(argv[1], STORE_CREATE, &s);
        if (r < 0)
                die("Cannot open the store", r, NULL);
        for (unsigned i = 0; i < (unsigned) atoi(argv[3]); i++)
                claim(s, argv[2], i);

        return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
