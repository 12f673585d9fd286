/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what the kernel answers to calls that an app of a pod should not be able to make.
 * Never: succeeds in doing harm: what is not refused by the filter is refused for its arguments.
 * Follows: the manual pages of each. Prints "NAME: ANSWER" a line. */

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void tell(const char *name, long answer) {
        printf("%s: %s\n", name, answer >= 0 ? "done" : strerrorname_np(errno));
}

static void probe_namespaces(void) {
        static const struct {
                const char *name;
                int flag;
        } namespaces[] = {
                { "user", CLONE_NEWUSER }, { "mnt", CLONE_NEWNS },     { "net", CLONE_NEWNET },
                { "pid", CLONE_NEWPID },   { "uts", CLONE_NEWUTS },    { "ipc", CLONE_NEWIPC },
                { "time", 0x80 },          { "cgroup", CLONE_NEWCGROUP },
        };

        for (size_t i = 0; i < sizeof(namespaces) / sizeof(namespaces[0]); i++) {
                printf("unshare ");
                tell(namespaces[i].name, unshare(namespaces[i].flag));
        }
        tell("unshare files", unshare(CLONE_FILES));
        tell("clone3", syscall(SYS_clone3, NULL, 0));
        tell("setns", setns(open("/proc/self/ns/net", O_RDONLY), 0));
}

static void probe_sockets(void) {
        tell("socket unix", socket(AF_UNIX, SOCK_STREAM, 0));
        tell("socket inet", socket(AF_INET, SOCK_STREAM, 0));
        tell("socket netlink", socket(AF_NETLINK, SOCK_RAW, 0));
        tell("socket alg", socket(AF_ALG, SOCK_SEQPACKET, 0));
        tell("socket vsock", socket(AF_VSOCK, SOCK_STREAM, 0));
        tell("socket alg, high bits", syscall(SYS_socket, (1UL << 32) | AF_ALG, SOCK_SEQPACKET, 0));
}

#ifdef __x86_64__
static long call_x86(long number, long a, long b) {
        long answer;

        asm volatile("int $0x80" : "=a"(answer) : "a"(number), "b"(a), "c"(b), "d"(0) : "memory");
        errno = -answer;
        return answer < 0 ? -1 : 0;
}

static void end(int sig) {
        _exit(sig);
}

/* By the door of 32-bit programs, which not every kernel has. */
static void probe_x86(void) {
        int status;

        fflush(stdout);
        pid_t pid = fork();
        if (pid == 0) {
                signal(SIGSEGV, end);
                tell("x86 keyctl", call_x86(288, 0, -3));
                tell("x86 socket", call_x86(102, 1, 0)); /* socketcall(SYS_SOCKET) */
                fflush(stdout);
                _exit(0);
        }
        (void) waitpid(pid, &status, 0);
        if (status != 0)
                puts("x86: absent");
        tell("x32 getpid", syscall(0x40000000 | SYS_getpid));
}
#endif

int main(void) {
        union bpf_attr attr = { .map_type = BPF_MAP_TYPE_ARRAY };
        struct perf_event_attr event = { .size = sizeof(event) };

        tell("keyctl", syscall(SYS_keyctl, 0, -3, 0));
        tell("add_key", syscall(SYS_add_key, "user", "x", "y", 1, -2));
        tell("bpf", syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr)));
        tell("mount", mount("none", "/tmp", "tmpfs", 0, NULL));
        tell("umount", umount2("/proc", MNT_DETACH));
        tell("fsopen", syscall(SYS_fsopen, "tmpfs", 0));
        tell("pivot_root", syscall(SYS_pivot_root, "/", "/"));
        tell("perf_event_open", syscall(SYS_perf_event_open, &event, 0, -1, -1, 0));
        tell("userfaultfd", syscall(SYS_userfaultfd, 0));
        tell("io_uring_setup", syscall(SYS_io_uring_setup, 0, NULL));
        tell("init_module", syscall(SYS_init_module, NULL, 0, ""));
        tell("kexec_load", syscall(SYS_kexec_load, 0, 0, NULL, 0));
        tell("swapon", swapon("/none", 0));
        tell("reboot", reboot(0));
        tell("syslog", syscall(SYS_syslog, 3, NULL, 0));
        tell("chroot", chroot("/"));
        tell("personality", personality(ADDR_NO_RANDOMIZE));
        tell("personality 32", personality(PER_LINUX32));
        tell("ptrace init", ptrace(PTRACE_SEIZE, 1, NULL, NULL));
        tell("new call", syscall(1000));
        probe_namespaces();
        probe_sockets();
#ifdef __x86_64__
        probe_x86();
#endif
        return 0;
}
