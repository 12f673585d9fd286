/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the table of what each program keeps.
 * Never: goes on when a bar of the cage is missing.
 * Follows: docs/SECURITY.md, "Cages"; capabilities(7), landlock(7), seccomp(2). */

#include <link.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "basic/call-filter.h"
#include "basic/capability.h"
#include "basic/confine.h"
#include "basic/landlock.h"
#include "basic/macro.h"
#include "basic/process.h"
#include "basic/strv.h"
#include "config.h"

/* No program of ours has any use for these: they are about the machine, or other processes. */
static const int of_the_machine[] = {
        SYS_acct,
        SYS_add_key,
        SYS_adjtimex,
        SYS_bpf,
        SYS_clock_adjtime,
        SYS_clock_settime,
        SYS_delete_module,
        SYS_fanotify_init,
        SYS_finit_module,
        SYS_init_module,
        SYS_io_uring_enter, /* which does what other calls do, past the filter */
        SYS_io_uring_register,
        SYS_io_uring_setup,
#ifdef SYS_ioperm
        SYS_ioperm,
        SYS_iopl,
        SYS_modify_ldt,
#endif
        SYS_kcmp,
#ifdef SYS_kexec_file_load
        SYS_kexec_file_load,
#endif
        SYS_kexec_load,
        SYS_keyctl,
        SYS_lookup_dcookie,
        SYS_open_by_handle_at,
        SYS_perf_event_open,
        SYS_personality,
        SYS_pidfd_getfd,
        SYS_process_vm_readv,
        SYS_process_vm_writev,
        SYS_ptrace,
        SYS_quotactl,
        SYS_reboot,
        SYS_request_key,
        SYS_sethostname,
        SYS_setdomainname,
        SYS_settimeofday,
        SYS_swapoff,
        SYS_swapon,
        SYS_syslog,
        SYS_userfaultfd,
        SYS_vhangup,
        -1,
};

/* A stage does this before it is confined. */
static const int of_builders[] = {
        SYS_chroot,
        SYS_fsconfig,
        SYS_fsmount,
        SYS_fsopen,
        SYS_fspick,
        SYS_mount,
        SYS_mount_setattr,
        SYS_move_mount,
        SYS_open_tree,
        SYS_pivot_root,
        SYS_umount2,
        SYS_unshare,
        -1,
};

static const int of_visitors[] = { SYS_setns, -1 };

static const int of_executors[] = { SYS_execve, SYS_execveat, -1 };

static const int of_parents[] = {
#ifdef SYS_fork
        SYS_fork,
        SYS_vfork,
#endif
        -1,
};

static const int of_servers[] = { SYS_accept, SYS_accept4, SYS_listen, -1 };

static const int local[] = { AF_UNIX, -1 };
/* With AF_NETLINK a resolver finds out which addresses it could use. */
static const int everywhere[] = { AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, -1 };

/* What resolvers and TLS libraries read. */
static const char *const of_the_network[] = {
        "/dev/urandom", "/etc", "/lib", "/lib64", "/run", "/usr", "/var/lib/ca-certificates",
};

#define FILES_OF_OTHERS (CAPABILITY(DAC_OVERRIDE) | CAPABILITY(DAC_READ_SEARCH) | CAPABILITY(FOWNER))
/* To become the users that parse what is hostile, and to end them. */
#define USERS (CAPABILITY(SETUID) | CAPABILITY(SETGID) | CAPABILITY(SETPCAP) | CAPABILITY(KILL))

/* What they start, and what that starts. */
static const char *const programs_of_fetch[] = { "archive-index",
                                                 "filter-layer",
                                                 "gantry-verify",
                                                 "mend-directories",
                                                 "registry-client",
                                                 "seal-layer",
                                                 NULL };
static const char *const programs_of_prepare[] = { "gantry-stage1", NULL };
static const char *const programs_of_trust[] = { "registry-client", NULL };
static const char *const programs_of_verify[] = { "seal-layer", NULL };
static const char *const programs_of_image[] = { "unseal-layer", NULL };

/* Compiled filters. */
static const char *const caches[] = { GANTRY_CACHE_DIR, NULL };

typedef struct Kept {
        uint64_t capabilities;
        const int *families;         /* of sockets */
        const char *const *programs; /* of ours, if it starts no others */
        bool reads_little, writes_anywhere, writes_caches, forks, starts, serves, visits;
} Kept;

static const Kept kept[] = {
        [CONFINE_CLIENT] = { 0, everywhere, .reads_little = true },
        [CONFINE_FETCH] = { FILES_OF_OTHERS | USERS | CAPABILITY(CHOWN), everywhere, programs_of_fetch,
                            .starts = true },
        [CONFINE_PREPARE] = { FILES_OF_OTHERS, local, programs_of_prepare, .writes_caches = true,
                              .starts = true },
        [CONFINE_RUN] = { FILES_OF_OTHERS, local, .forks = true },
        /* Helpers have the user's rights, and keep things where they like. */
        [CONFINE_CREDENTIALS] = { FILES_OF_OTHERS | USERS, everywhere, .writes_anywhere = true,
                                  .starts = true },
        [CONFINE_TRUST] = { FILES_OF_OTHERS | USERS, everywhere, programs_of_trust, .starts = true },
        [CONFINE_VERIFY] = { FILES_OF_OTHERS | USERS, local, programs_of_verify, .starts = true },
        [CONFINE_GC] = { FILES_OF_OTHERS, local },
        [CONFINE_IMAGE] = { FILES_OF_OTHERS | USERS, local, programs_of_image, .starts = true },
        [CONFINE_EXPORT] = { FILES_OF_OTHERS | USERS, local, .writes_anywhere = true, .starts = true },
        [CONFINE_STAGE] = { FILES_OF_OTHERS | USERS | CAPABILITY(CHOWN) | CAPABILITY(SYS_ADMIN) |
                                            CAPABILITY(SYS_CHROOT) | CAPABILITY(SYS_PTRACE) |
                                            CAPABILITY(SYS_RESOURCE),
                            local, .writes_anywhere = true, .starts = true, .serves = true, .visits = true },
};

/* Of what cannot execute anything, which would undo it, nobody sees the memory. */
static int hide(const Kept *k) {
        struct rlimit none = { 0, 0 };

        if (k->starts)
                return 0;

        return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 || setrlimit(RLIMIT_CORE, &none) < 0 ? -errno : 0;
}

/* The program itself is the first that is asked about. */
static int find_interpreter(struct dl_phdr_info *info, size_t size, void *userdata) {
        const char **ret = userdata;

        for (size_t i = 0; i < info->dlpi_phnum; i++)
                if (info->dlpi_phdr[i].p_type == PT_INTERP)
                        *ret = (const char *) (info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);

        return 1;
}

/* The kernel executes a program's dynamic linker, too; ours have the same as this one. */
static int add_programs(const char *const *names, char ***paths) {
        const char *interpreter = NULL;
        int r = 0;

        (void) dl_iterate_phdr(find_interpreter, &interpreter);
        if (interpreter)
                r = strv_add(paths, interpreter);
        for (; r >= 0 && *names; names++) {
                _cleanup_free_ char *path = NULL;

                r = program_path(*names, &path);
                if (r >= 0)
                        r = strv_add(paths, path);
        }

        return r;
}

static int limit_files(const Kept *k, int directory_fd) {
        const char *read[ELEMENTSOF(of_the_network) + 2] = {}, *nothing[] = { NULL };
        _cleanup_strv_ char **programs = NULL;

        if (k->writes_anywhere)
                return 0;

        int r = k->programs ? add_programs(k->programs, &programs) : 0;
        if (r < 0)
                return r;

        for (size_t i = 0; i < ELEMENTSOF(of_the_network); i++)
                read[i] = of_the_network[i];
        read[ELEMENTSOF(of_the_network)] = secure_getenv("GANTRY_CONFIG_ROOT");

        return landlock_limit(&(LandlockLimit) {
                        .read = k->reads_little ? read : NULL,
                        .execute = programs ? (const char *const *) programs : nothing,
                        .change = k->writes_caches ? caches : NULL,
                        .directory_fd = directory_fd,
        });
}

static int limit_calls(const Kept *k) {
        const int *refused[7] = { of_the_machine, of_builders };
        bool childless = !k->starts && !k->forks;
        size_t n = 2;

        if (!k->visits)
                refused[n++] = of_visitors;
        if (!k->serves)
                refused[n++] = of_servers;
        if (!k->starts)
                refused[n++] = of_executors;
        if (childless)
                refused[n++] = of_parents;

        return call_filter_load(&(CallFilter) {
                        .refused = refused,
                        .families = k->families,
                        .childless = childless,
        });
}

int confine(Confinement c, int directory_fd) {
        const Kept *k = &kept[c];

        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
                return -errno;

        int r = hide(k);
        if (r >= 0)
                r = capability_limit(k->capabilities);
        if (r >= 0)
                r = limit_files(k, directory_fd);

        return r < 0 ? r : limit_calls(k);
}
