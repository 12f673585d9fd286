/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: which labels a pod has.
 * Never: gives one to anything; lets a pod go without that should have them.
 * Follows: selinux_lxc_contexts_path(3); docs/SELINUX.md. */

#include "basic/refuse.h"
#include "basic/str.h"
#include "pod/annotations.h"
#include "pod/machine.h"
#include "pod/service.h"
#include "selinux/context.h"
#include "selinux/label.h"
#include "selinux/pod-labels.h"

#define MODULE "install the policy module of gantry, see docs/SELINUX.md, or use --security-label=disable"

void pod_labels_done(PodLabels *labels) {
        free(labels->process);
        free(labels->file);
        free(labels->shared);
        free(labels->sealed);
        *labels = (PodLabels) {};
}

/* Which line of lxc_contexts is for it, and which type where a policy has no such line. */
typedef struct Kind {
        const char *key, *type;
} Kind;

static Kind kind_of(const AppcPod *pod) {
        if (pod_is_virtual_machine(pod))
                return (Kind) { "kvm_process", "container_kvm_t" };
        if (pod_boots(pod))
                return (Kind) { "init_process", "container_init_t" };
        return (Kind) { "process", NULL };
}

static int make_process(const char *text, Kind kind, const char *type, const char *level, char **ret) {
        _cleanup_free_ char *context = NULL;

        int r = context_find(text, kind.key, &context);
        if (r != -ENOENT)
                return r < 0 ? r : context_with(context, type, level, ret);
        r = context_find(text, "process", &context);
        return r < 0 ? r : context_with(context, type ? type : kind.type, level, ret);
}

static int make_file(const char *text, const char *key, const char *type, const char *level, char **ret) {
        _cleanup_free_ char *context = NULL;

        int r = context_find(text, key, &context);
        return r < 0 ? r : context_with(context, type, level, ret);
}

static int make_all(const char *text, const AppcPod *pod, const char *level, PodLabels *l) {
        const char *type = pairs_get(&pod->annotations, ANNOTATION_LABEL_TYPE),
                   *file_type = pairs_get(&pod->annotations, ANNOTATION_LABEL_FILE_TYPE);

        int r = make_process(text, kind_of(pod), type, level, &l->process);
        if (r >= 0)
                r = make_file(text, "file", file_type, level, &l->file);
        if (r >= 0)
                r = make_file(text, "file", file_type, "s0", &l->shared);
        if (r >= 0)
                r = make_file(text, "ro_file", NULL, "s0", &l->sealed);

        return r;
}

static int check_all(const PodLabels *l, char **reterr_why) {
        const char *const list[] = { l->process, l->file, l->shared, l->sealed };

        for (size_t i = 0; i < ELEMENTSOF(list); i++) {
                int r = label_check(list[i]);
                if (r == -EINVAL)
                        return refuse(reterr_why, r,
                                      "the SELinux policy of this host does not have '%s'; " MODULE,
                                      list[i]);
                if (r < 0)
                        return r;
        }

        return 0;
}

static int read_labels(const AppcPod *pod, const PodDir *p, PodLabels *ret, char **reterr_why) {
        _cleanup_pod_labels_ PodLabels l = {};
        _cleanup_blob_ Blob text = {};

        if (p->level[0] == '\0')
                return refuse(reterr_why, -EBADMSG, "its level cannot be read; remove it");

        int r = label_read_lxc_contexts(&text);
        if (r >= 0)
                r = make_all(text.data, pod, p->level, &l);
        if (r == -ENOENT)
                return refuse(reterr_why, r,
                              "the SELinux policy of this host knows nothing of containers; " MODULE);
        if (r >= 0)
                r = check_all(&l, reterr_why);
        if (r < 0)
                return r;

        *ret = l;
        l = (PodLabels) {};
        return 0;
}

bool pod_is_labelled(const AppcPod *pod) {
        const char *wanted = pairs_get(&pod->annotations, ANNOTATION_LABEL);
        return !wanted || !streq(wanted, "disable");
}

int pod_labels_read(const AppcPod *pod, const PodDir *p, PodLabels *ret, char **reterr_why) {
        int mode = pod_is_labelled(pod) ? label_mode() : LABEL_OFF;
        if (mode == -ELIBACC)
                return refuse(reterr_why, mode, "SELinux is on, but there is no libselinux; install it");
        if (mode < 0)
                return mode;
        if (mode == LABEL_OFF) {
                *ret = (PodLabels) {};
                return 0;
        }

        return read_labels(pod, p, ret, reterr_why);
}
