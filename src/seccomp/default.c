/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what an app may call if nobody says otherwise.
 * Never: grants a call for a capability that the app does not have.
 * Follows: the default profiles of Docker and podman, without what needs CAP_SYS_ADMIN; clone(2), socket(2),
 * personality(2). */

#include <sched.h>

#include "pod/capability-names.h"
#include "seccomp/default.h"
#include "seccomp/groups.h"

#define SYS_ADMIN CAPABILITY_BIT(CAP_SYS_ADMIN)

/* Who has one of the capabilities (0: everybody) may call these. Not in here for anybody: keyrings, which know no
 * namespaces; io_uring and userfaultfd, of which exploits are made; and what only the host's root is for. */
static const struct Grant {
        uint64_t capabilities;
        const char *calls; /* and groups; blanks in between */
} grants[] = {
        /* Every program */
        { 0,
          "@default @basic-io @chown @file-system @io-event @ipc @memlock @pkey @setuid @signal @sync @timer" },

        /* Files and what has one */
        { 0,
          "copy_file_range fadvise64 fadvise64_64 arm_fadvise64_64 arm_sync_file_range fanotify_mark flock ioctl "
          "name_to_handle_at readahead readdir sendfile sendfile64 splice tee umask vmsplice" },
        { 0, "io_cancel io_destroy io_getevents io_pgetevents io_pgetevents_time64 io_setup io_submit" },

        /* Memory: its numa policy needs CAP_SYS_NICE, as below */
        { 0, "cachestat madvise memfd_secret mincore mremap remap_file_pages" },

        /* Processes and threads; clone, unshare and personality are below */
        { 0,
          "capget capset execveat fork getcpu getpriority getrusage kill nice pidfd_open "
          "pidfd_send_signal prctl process_mrelease ptrace rt_sigqueueinfo rt_tgsigqueueinfo setfsgid setfsgid32 "
          "setfsuid setfsuid32 setpgid setsid tgkill times tkill vfork wait4 waitid waitpid breakpoint" },
        { 0,
          "ioprio_get ioprio_set sched_get_priority_max sched_get_priority_min sched_getattr sched_getparam "
          "sched_getscheduler sched_rr_get_interval sched_rr_get_interval_time64 sched_setaffinity sched_setattr "
          "sched_setparam sched_setscheduler setpriority setrlimit" },

        /* Confining oneself further */
        { 0,
          "landlock_add_rule landlock_create_ruleset landlock_restrict_self lsm_get_self_attr lsm_list_modules "
          "lsm_set_self_attr seccomp" },

        /* The network; socket itself is below */
        { 0, "accept accept4 bind connect getpeername getsockname getsockopt listen recv recvfrom recvmmsg "
             "recvmmsg_time64 recvmsg send sendmmsg sendmsg sendto setsockopt shutdown socketpair" },

        /* The system: the clock may be looked at */
        { 0, "adjtimex clock_adjtime clock_adjtime64 modify_ldt olduname oldolduname sysinfo uname" },

        { CAPABILITY_BIT(CAP_BPF) | SYS_ADMIN, "bpf" },
        { CAPABILITY_BIT(CAP_DAC_READ_SEARCH), "open_by_handle_at" },
        { CAPABILITY_BIT(CAP_PERFMON) | SYS_ADMIN, "perf_event_open" },
        { CAPABILITY_BIT(CAP_SYSLOG) | SYS_ADMIN, "syslog" },
        { SYS_ADMIN, "@mount clone clone3 fanotify_init lookup_dcookie quotactl quotactl_fd setdomainname "
                     "sethostname setns unshare" },
        { CAPABILITY_BIT(CAP_SYS_BOOT), "reboot" },
        { CAPABILITY_BIT(CAP_SYS_CHROOT), "chroot" },
        { CAPABILITY_BIT(CAP_SYS_MODULE), "@module" },
        { CAPABILITY_BIT(CAP_SYS_NICE),
          "get_mempolicy mbind migrate_pages move_pages set_mempolicy set_mempolicy_home_node" },
        { CAPABILITY_BIT(CAP_SYS_PACCT), "acct" },
        { CAPABILITY_BIT(CAP_SYS_PTRACE), "kcmp pidfd_getfd" },
        { CAPABILITY_BIT(CAP_SYS_RAWIO), "ioperm iopl" },
        { CAPABILITY_BIT(CAP_SYS_TIME), "@clock stime" },
        { CAPABILITY_BIT(CAP_SYS_TTY_CONFIG), "vhangup" },
};

/* What a call does depends on one argument: allowed are those of which the bits in `mask` are `value`. Compared are as
 * many bits as the kernel looks at, or the others would be a way around it. */
static const struct Limit {
        const char *call;
        uint64_t mask, value;
        uint32_t action;
        bool native; /* 32-bit x86 has socketcall(2), whose family nobody sees: there are no sockets there */
} limits[] = {
        { "personality", UINT32_MAX, 0, SECCOMP_RET_ALLOW },          /* PER_LINUX */
        { "personality", UINT32_MAX, 8, SECCOMP_RET_ALLOW },          /* PER_LINUX32 */
        { "personality", UINT32_MAX, 0x20000, SECCOMP_RET_ALLOW },    /* UNAME26 */
        { "personality", UINT32_MAX, 0x20008, SECCOMP_RET_ALLOW },    /* both */
        { "personality", UINT32_MAX, UINT32_MAX, SECCOMP_RET_ALLOW }, /* only asks */

        /* All families of sockets but AF_ALG (38) and AF_VSOCK (40): the one is the kernel's cryptography, the other
         * leads to the hypervisor, whatever network there is. */
        { "socket", 0xffffffe0, 0, SECCOMP_RET_ALLOW, true },  /* 0…31 */
        { "socket", 0xfffffffc, 32, SECCOMP_RET_ALLOW, true }, /* …35 */
        { "socket", 0xfffffffe, 36, SECCOMP_RET_ALLOW, true }, /* …37 */
        { "socket", 0xffffffff, 38, SECCOMP_RET_ERRNO | EAFNOSUPPORT, true },
        { "socket", 0xffffffff, 39, SECCOMP_RET_ALLOW, true },
        { "socket", 0xffffffff, 40, SECCOMP_RET_ERRNO | EAFNOSUPPORT, true },
        { "socket", 0xffffffff, 41, SECCOMP_RET_ALLOW, true },
        { "socket", 0xfffffffe, 42, SECCOMP_RET_ALLOW, true }, /* …43 */
        { "socket", 0xfffffffc, 44, SECCOMP_RET_ALLOW, true }, /* …47 */
};

#define NAMESPACES                                                                                          \
        (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |       \
         CLONE_NEWNET)
#ifdef __s390__
#define CLONE_FLAGS 1
#else
#define CLONE_FLAGS 0
#endif

static int add_masked(SeccompRules *rules, const char *call, uint32_t action, bool native, unsigned argument,
                      uint64_t mask, uint64_t value) {
        SeccompCondition condition = { argument, SECCOMP_MASKED_EQUAL, value, mask };

        return seccomp_rules_add(rules, &(SeccompRule) { (char *) call, action, native, &condition, 1 });
}

/* New namespaces are how most of the kernel's privileged code is reached without privileges. clone3(2) has its flags
 * in memory, where no filter looks: who is told that there is none uses clone(2). */
static int add_namespaces(SeccompRules *rules) {
        int r = add_masked(rules, "clone", SECCOMP_RET_ALLOW, false, CLONE_FLAGS, NAMESPACES, 0);
        if (r >= 0)
                r = add_masked(rules, "unshare", SECCOMP_RET_ALLOW, false, 0, NAMESPACES | CLONE_NEWTIME, 0);
        if (r >= 0)
                r = seccomp_rules_add_call(rules, SECCOMP_RET_ERRNO | ENOSYS, "clone3");

        return r;
}

static int allow(const char *call, void *userdata) {
        return seccomp_rules_add_call(userdata, SECCOMP_RET_ALLOW, call);
}

int seccomp_default(uint64_t capabilities, SeccompRules *rules) {
        int r = 0;

        rules->fallback = SECCOMP_RET_ERRNO | EPERM;
        for (size_t i = 0; r >= 0 && i < ELEMENTSOF(grants); i++)
                if (grants[i].capabilities == 0 || (grants[i].capabilities & capabilities))
                        r = seccomp_calls_visit(grants[i].calls, allow, rules);
        for (size_t i = 0; r >= 0 && i < ELEMENTSOF(limits); i++) {
                const struct Limit *l = &limits[i];
                r = add_masked(rules, l->call, l->action, l->native, 0, l->mask, l->value);
        }
        if (r >= 0 && !(capabilities & SYS_ADMIN))
                r = add_namespaces(rules);

        return r;
}
