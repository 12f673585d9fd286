/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: finding out whether KVM works here.
 * Never: trusts /dev/kvm for being there; waits for one that hangs.
 * Follows: Documentation/virt/kvm/api.rst. */

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/kvm.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "basic/fd.h"
#include "kvm-stage1/accelerator.h"

#define TIME_LIMIT 10u /* seconds, for a host that is busy */
#define GUEST_PAGE 0x1000u
#define HLT 0xf4 /* the guest's only instruction */

static const char *const words[] = {
        "it works",
        "there is no /dev/kvm, or the user of the pod cannot open it",
        "/dev/kvm makes no machine",
        "the machine that /dev/kvm makes does not run",
};

/* One page of memory with the instruction, in the mode that a processor begins in. */
static int set_up(int machine, int processor, void *page) {
        struct kvm_userspace_memory_region region = {
                .guest_phys_addr = GUEST_PAGE,
                .memory_size = GUEST_PAGE,
                .userspace_addr = (uintptr_t) page,
        };
        struct kvm_regs registers = { .rip = GUEST_PAGE, .rflags = 2 };
        struct kvm_sregs segments;

        memset(page, HLT, GUEST_PAGE);
        if (ioctl(machine, KVM_SET_USER_MEMORY_REGION, &region) < 0 ||
            ioctl(processor, KVM_GET_SREGS, &segments) < 0)
                return -errno;
        segments.cs.base = 0;
        segments.cs.selector = 0;

        return ioctl(processor, KVM_SET_SREGS, &segments) < 0 ||
                                               ioctl(processor, KVM_SET_REGS, &registers) < 0
                               ? -errno
                               : 0;
}

static bool runs(int kvm, int machine, int processor) {
        int size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
        if (size <= 0)
                return false;
        struct kvm_run *run = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, processor, 0);
        void *page = mmap(NULL, GUEST_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (run == MAP_FAILED || page == MAP_FAILED || set_up(machine, processor, page) < 0)
                return false;

        return ioctl(processor, KVM_RUN, 0) >= 0 && run->exit_reason == KVM_EXIT_HLT;
}

/* Returns which of the words is true. In a child: nothing of it is kept. */
static int probe(uid_t user, gid_t group) {
        if (setgroups(group > 0 ? 1 : 0, &group) < 0 || setresgid(user, user, user) < 0 ||
            setresuid(user, user, user) < 0)
                return 1;
        int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
        if (kvm < 0)
                return 1;
        int machine = ioctl(kvm, KVM_CREATE_VM, 0);
        int processor = machine < 0 ? -1 : ioctl(machine, KVM_CREATE_VCPU, 0);
        if (processor < 0)
                return 2;

        return runs(kvm, machine, processor) ? 0 : 3;
}

int accelerator_probe(uid_t user, gid_t *ret_group, const char **ret_why) {
        struct stat st;
        int status;

        if (stat("/dev/kvm", &st) < 0) {
                *ret_why = words[1];
                return 0;
        }
        pid_t pid = fork();
        if (pid == 0) {
                alarm(TIME_LIMIT);
                _exit(probe(user, st.st_gid));
        }
        if (pid < 0 || waitpid(pid, &status, 0) < 0)
                return -errno;

        size_t word = WIFEXITED(status) ? (size_t) WEXITSTATUS(status) : ELEMENTSOF(words) - 1;
        *ret_why = words[MIN(word, ELEMENTSOF(words) - 1)];
        *ret_group = st.st_gid;
        return word == 0;
}

unsigned accelerator_tsc_khz(void) {
        double mhz = 0;
        char line[256];

        _cleanup_fclose_ FILE *f = fopen("/proc/cpuinfo", "re");
        while (f && mhz <= 0 && fgets(line, sizeof(line), f))
                if (sscanf(line, "cpu MHz : %lf", &mhz) != 1)
                        mhz = 0;

        return mhz > 0 && mhz < 100000 ? (unsigned) (mhz * 1000) : 0;
}
