/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the start of qemu: what it runs on, what it is given.
 * Never: emulates a machine for whoever does not want that; gives qemu anything of another pod's.
 * Follows: docs/STAGE1.md, "Virtual machines". */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/log.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "kvm-stage1/accelerator.h"
#include "kvm-stage1/cage-root.h"
#include "kvm-stage1/caged-child.h"
#include "kvm-stage1/qemu.h"
#include "pod/annotation-list.h"
#include "pod/annotations.h"
#include "pod/capabilities.h"
#include "pod/capability-names.h"
#include "pod/machine-size.h"
#include "pod/machine-tools.h"
#include "pod/machine.h"
#include "stage1/stage1-guest.h"

#define KERNEL "kernel" /* in its root */
#define INITRD "initrd"

void qemu_done(Qemu *q) {
        free(q->program);
        free(q->root);
        *q = (Qemu) {};
}

static int choose_accelerator(Qemu *q) {
        const Stage *s = q->stage;
        const char *why;

        int r = accelerator_probe(s->uid_base, &q->kvm_group, &why);
        if (r < 0)
                return log_error_errno(r, "Cannot find out whether this host runs virtual machines: %m");
        q->kvm = r > 0;
        if (q->kvm)
                return 0;
        if (stage_is(s, ANNOTATION_REQUIRE_KVM, "yes"))
                return log_error_errno(
                                -EOPNOTSUPP,
                                "Cannot run pod '%s' in a virtual machine: %s, and RequireKVM= is set",
                                s->pod.name, why);

        log_warning("The virtual machine of pod '%s' is emulated, which is slow: %s", s->pod.name, why);
        return 0;
}

static int choose_size(Qemu *q) {
        uint64_t host = (uint64_t) sysconf(_SC_PHYS_PAGES) * (uint64_t) sysconf(_SC_PAGESIZE);
        _cleanup_strv_ char **properties = NULL;

        int r = annotation_list(&q->stage->manifest->annotations, ANNOTATION_UNIT_PROPERTIES, &properties);
        if (r < 0)
                return log_error_errno(r, "Cannot read the limits of pod '%s': %m", q->stage->pod.name);

        q->memory_bytes = machine_memory(properties, host);
        q->cpus = machine_cpus(properties, (unsigned) sysconf(_SC_NPROCESSORS_ONLN));
        return 0;
}

static int copy(int from, int root, const char *name, int *ret) {
        struct stat st;
        off_t done = 0;

        _cleanup_close_ int fd = openat(root, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0400);
        if (fd < 0 || fstat(from, &st) < 0)
                return -errno;
        while (done < st.st_size)
                if (sendfile(fd, from, &done, (size_t) (st.st_size - done)) <= 0)
                        return errno > 0 ? -errno : -EIO;

        *ret = TAKE_FD(fd);
        return 0;
}

/* Some hosts keep what their kernel is to themselves. */
static int show_kernel(const Qemu *q, int root, int kernel_fd) {
        _cleanup_close_ int fd = -EBADF;
        uid_t owner = q->stage->uid_base;
        struct stat st;

        if (fstat(kernel_fd, &st) < 0)
                return -errno;
        if (st.st_mode & S_IROTH)
                return cage_root_show(q->root, KERNEL, kernel_fd, /* read_only= */ true);

        int r = copy(kernel_fd, root, KERNEL, &fd);
        return r < 0 ? r : fchown(fd, owner, owner) < 0 ? -errno : 0;
}

static int show_devices(const Qemu *q) {
        static const char *const names[] = { "null", "urandom", "kvm" };
        int r = 0;

        for (size_t i = 0; r >= 0 && i < ELEMENTSOF(names); i++)
                if (q->kvm || !streq(names[i], "kvm"))
                        r = cage_root_add_device(q->root, names[i]);
        return r;
}

static int make_root(Qemu *q, const Stage1Guest *g, int *ret_initrd) {
        _cleanup_close_ int initrd = -EBADF;
        uid_t owner = q->stage->uid_base;

        int r = cage_root_make(q->stage, "qemu", &q->root);
        if (r >= 0)
                r = show_devices(q);
        if (r < 0)
                return r;
        _cleanup_close_ int root = dir_open_at(AT_FDCWD, q->root, 0);
        r = root < 0 ? root : show_kernel(q, root, g->kernel_fd);
        if (r >= 0)
                r = copy(g->initrd_fd, root, INITRD, &initrd);
        if (r < 0)
                return r;
        if (fchown(initrd, owner, owner) < 0)
                return -errno;

        *ret_initrd = TAKE_FD(initrd);
        return 0;
}

static int note_machine(const Qemu *q, const char *release) {
        return pod_machine_write(q->stage->pod.fd,
                                 &(PodMachine) {
                                                 .kernel = (char *) release,
                                                 .memory_bytes = q->memory_bytes,
                                                 .cpus = q->cpus,
                                                 .accelerator = (char *) (q->kvm ? "kvm" : "tcg"),
                                 });
}

static int open_guest(const Qemu *q, Store *store, Stage1Guest *ret) {
        _cleanup_free_ char *why = NULL;

        int r = stage1_guest_open(store, ret, &why);
        return r < 0 ? log_error_errno(r, "Cannot have a kernel for the virtual machine of pod '%s': %s",
                                       q->stage->pod.name, why ? why : strerror(-r))
                     : 0;
}

static int find_program(Qemu *q) {
        _cleanup_free_ char *why = NULL;

        int r = machine_tool_find(MACHINE_QEMU, &q->program, &why);
        return r < 0 ? log_error_errno(r, "Cannot run pod '%s' in a virtual machine: %s", q->stage->pod.name,
                                       why ? why : strerror(-r))
                     : 0;
}

int qemu_prepare(const Stage *s, Store *store, Qemu *ret, int *ret_initrd) {
        _cleanup_stage1_guest_ Stage1Guest g = STAGE1_GUEST_NULL;
        _cleanup_qemu_ Qemu q = { .stage = s };
        _cleanup_close_ int initrd = -EBADF;

        int r = find_program(&q);
        if (r >= 0)
                r = choose_accelerator(&q);
        if (r >= 0)
                r = choose_size(&q);
        if (r >= 0)
                r = open_guest(&q, store, &g);
        if (r < 0)
                return r;
        r = make_root(&q, &g, &initrd);
        if (r >= 0)
                r = note_machine(&q, g.release);
        if (r < 0)
                return log_error_errno(r, "Cannot make the virtual machine of pod '%s': %m", s->pod.name);

        *ret = q;
        *ret_initrd = TAKE_FD(initrd);
        q = (Qemu) {};
        return 0;
}

/* Only who may mount file systems gets at its files. */
static bool may_trace(const Stage *s) {
        for (size_t i = 0; i < s->n_apps; i++) {
                uint64_t capabilities = 0;

                if (app_capabilities(s->apps[i].app, &capabilities, NULL) < 0 ||
                    (capabilities & CAPABILITY_BIT(CAP_SYS_ADMIN)))
                        return true;
        }

        return false;
}

/* The fds get their numbers by the order in which they are passed. */
typedef struct Passed {
        int list[CAGED_PASS_MAX];
        size_t n;
} Passed;

static int pass(Passed *p, int fd) {
        p->list[p->n] = fd;
        return fd < 0 ? -EBADF : CAGED_FD + (int) p->n++;
}

static int make_argv(const Qemu *q, const QemuFds *fds, Passed *p, char ***ret) {
        _cleanup_free_ QemuDisk *disks = calloc(fds->disks->n + 1, sizeof(QemuDisk));
        _cleanup_free_ int *taps = calloc(fds->taps->n + 1, sizeof(int));
        if (!disks || !taps)
                return -ENOMEM;

        QemuSpec spec = {
                .name = q->stage->pod.name,
                .uuid = q->stage->pod.uuid,
                .kernel = "/" KERNEL,
                .initrd = "/" INITRD,
                .kvm = q->kvm,
                .tsc_khz = q->kvm ? 0 : accelerator_tsc_khz(),
                .tracing = may_trace(q->stage),
                .memory_bytes = q->memory_bytes,
                .cpus = q->cpus,
                .disks = disks,
                .n_disks = fds->disks->n,
                .taps = taps,
                .n_taps = fds->taps->n,
                .link = pass(p, fds->link),
                .volumes = pass(p, fds->volumes),
        };
        for (size_t i = 0; i < spec.n_disks; i++) {
                disks[i] = fds->disks->list[i].qemu;
                disks[i].fd = pass(p, disks[i].fd);
        }
        for (size_t i = 0; i < spec.n_taps; i++)
                taps[i] = pass(p, fds->taps->fds[i]);

        return qemu_argv(q->program, &spec, ret);
}

int qemu_start(const Qemu *q, const QemuFds *fds, pid_t *ret) {
        _cleanup_close_ int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
        _cleanup_strv_ char **argv = NULL;
        Passed passed = {};

        int r = nothing < 0 ? -errno : make_argv(q, fds, &passed, &argv);
        if (r >= 0)
                r = caged_child_start(
                                &(CagedChild) {
                                                .argv = argv,
                                                .root = q->root,
                                                .in = nothing,
                                                .out = fds->serial,
                                                .err = fds->err,
                                                .pass = passed.list,
                                                .n_pass = passed.n,
                                                .userns_fd = -EBADF,
                                                .network_fd = q->stage->network_fd,
                                                .uid = q->stage->uid_base,
                                                .group = q->kvm ? q->kvm_group : 0,
                                                .label = q->stage->labels.process,
                                },
                                ret);
        if (r < 0)
                return log_error_errno(r, "Cannot start the virtual machine of pod '%s': %m",
                                       q->stage->pod.name);

        return 0;
}
