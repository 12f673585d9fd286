/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the running qemu and virtiofsd, as what the stage supervises.
 * Never: waits for them; outlives one of them by more than it takes to say so.
 * Follows: stage/supervise.h; docs/ARCHITECTURE.md, "The kvm level". */

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include "basic/clock.h"
#include "basic/confine.h"
#include "basic/fd.h"
#include "basic/log.h"
#include "kvm-stage1/console.h"
#include "kvm-stage1/disks.h"
#include "kvm-stage1/exports.h"
#include "kvm-stage1/guest-network.h"
#include "kvm-stage1/guest-orders.h"
#include "kvm-stage1/neighbours.h"
#include "kvm-stage1/qemu.h"
#include "kvm-stage1/relay-pod.h"
#include "kvm-stage1/virtual-machine.h"

/* For a guest that has said that it is done to reset its machine, and for one that has not begun to do so without more ado. */
#define RESET_MSEC 10000
#define ANSWER_MSEC 5000

enum { KERNEL, QEMU, VIRTIOFSD, _CONSOLES };

/* What is polled for behind them. */
enum { NEIGHBOURS = _CONSOLES, RELAY };

struct VirtualMachine {
        Stage *stage;
        Supervisor *supervisor;
        RelayPod pod;
        RelayEvents events;
        Relay *relay;
        Taps taps;             /* until the pod is in its networks */
        int orders;            /* what the guest is told then; -EBADF: nothing */
        int neighbours;        /* neighbours_watch(), from then on; or -EBADF */
        pid_t qemu, virtiofsd; /* 0: it does not run */
        int qemu_status;       /* how it has ended */
        int self;              /* a pidfd of this process, the machine's leader */
        Console consoles[_CONSOLES];
        uint64_t done_msec;  /* when the guest was done; 0: it is not */
        uint64_t asked_msec; /* when it was asked to stop before it had begun; 0: it was not */
        bool explained;      /* why it ends has been said */
        bool over;           /* nothing will be heard of the guest any more */
};

static void kill_qemu(VirtualMachine *m) {
        if (m->qemu > 0)
                (void) kill(m->qemu, SIGKILL);
}

/* The first reason is the one that counts. */
static void explain(VirtualMachine *m, const char *why) {
        if (!m->explained)
                log_error("The virtual machine of pod '%s' has ended: %s", m->stage->pod.name, why);
        m->explained = true;
}

/* The stage itself is who machined knows as the leader: what it is told by signals, as by `machinectl poweroff`, would be a power cut if
 * qemu got it. */
static int go_on(void *data) {
        VirtualMachine *m = data;

        relay_go(m->relay, TAKE_FD(m->orders));
        supervisor_begin(m->supervisor, getpid(), m->self);
        return confine(CONFINE_STAGE, /* directory_fd= */ -EBADF);
}

static void describe(char *text, size_t size, const char *name, int status) {
        if (WIFSIGNALED(status))
                (void) snprintf(text, size, "%s was killed by signal %d", name, WTERMSIG(status));
        else
                (void) snprintf(text, size, "%s exited with status %d", name, WEXITSTATUS(status));
}

/* Why qemu has ended is known when it has, and what its guest has said when all of that has been heard. */
static void end_if_over(VirtualMachine *m) {
        char text[80];

        if (!m->over || m->qemu > 0)
                return;
        describe(text, sizeof(text), "qemu", m->qemu_status);
        if (m->qemu_status != 0)
                explain(m, text);
        else if (!relay_is_done(m->relay))
                explain(m, "its guest has gone without a word");
        for (size_t i = 0; i < _CONSOLES; i++)
                console_drain(&m->consoles[i]);
        supervisor_end(m->supervisor);
}

/* Without its volumes a machine is of no use. */
static void on_virtiofsd(VirtualMachine *m, int status) {
        char text[80];

        m->virtiofsd = 0;
        if (m->qemu == 0 || m->over || m->done_msec > 0)
                return;
        describe(text, sizeof(text), "virtiofsd, which has its volumes,", status);
        explain(m, text);
        kill_qemu(m);
}

static void ended(void *data, pid_t pid, int status) {
        VirtualMachine *m = data;

        if (pid == m->virtiofsd)
                on_virtiofsd(m, status);
        if (pid != m->qemu)
                return;
        m->qemu = 0;
        m->qemu_status = status;
        end_if_over(m);
}

/* Where nothing runs there is no grace to be kept. */
static void stop(void *data) {
        VirtualMachine *m = data;

        relay_stop(m->relay);
        if (m->asked_msec == 0 && !relay_has_begun(m->relay))
                m->asked_msec = now_msec(CLOCK_MONOTONIC);
}

static size_t number_of(const VirtualMachine *m, const StageApp *a) {
        return (size_t) (a - m->stage->apps);
}

static void pass_signal(void *data, const RunningApp *a, int sig) {
        VirtualMachine *m = data;
        relay_signal(m->relay, number_of(m, a->app), sig);
}

static void carry_out(void *data, Command *c) {
        VirtualMachine *m = data;
        relay_request(m->relay, number_of(m, c->app), &c->request, TAKE_FD(c->connection));
}

/* When it is killed if it has not done what it is to do; 0: it has any time. */
static uint64_t find_deadline(const VirtualMachine *m) {
        return m->done_msec > 0                                  ? m->done_msec + RESET_MSEC
               : m->asked_msec > 0 && !relay_has_begun(m->relay) ? m->asked_msec + ANSWER_MSEC
                                                                 : 0;
}

static int poll_all(void *data, struct pollfd *fds) {
        VirtualMachine *m = data;

        for (size_t i = 0; i < _CONSOLES; i++)
                console_poll(&m->consoles[i], &fds[i]);
        neighbours_poll(m->neighbours, m->relay, &fds[NEIGHBOURS]);
        int timeout = relay_poll(m->relay, fds + RELAY);

        return find_deadline(m) == 0 ? timeout : timeout < 0 ? ANSWER_MSEC : MIN(timeout, ANSWER_MSEC);
}

/* -ECONNRESET is qemu's end, or that of its guest. */
static void on_relay(VirtualMachine *m, const struct pollfd *fds) {
        _cleanup_free_ char *why = NULL;

        int r = relay_dispatch(m->relay, fds, &why);
        if (r >= 0)
                return;
        m->over = true;
        if (r != -ECONNRESET) {
                explain(m, why ? why : strerror(-r));
                kill_qemu(m);
        }
        end_if_over(m);
}

/* All that its kernel has to say now is that it restarts, and virtiofsd, that it has lost qemu. */
static void on_done(VirtualMachine *m) {
        m->done_msec = now_msec(CLOCK_MONOTONIC);
        m->consoles[KERNEL].ignored = true;
        m->consoles[VIRTIOFSD].ignored = true;
}

static void end_if_overdue(VirtualMachine *m) {
        uint64_t deadline = find_deadline(m);

        if (deadline == 0 || now_msec(CLOCK_MONOTONIC) <= deadline)
                return;
        if (m->done_msec == 0)
                explain(m, "its guest has not started the pod, and does not answer");
        kill_qemu(m);
}

static void dispatch(void *data, const struct pollfd *fds) {
        VirtualMachine *m = data;

        if (!m->over)
                on_relay(m, fds + RELAY);
        neighbours_dispatch(m->neighbours, m->stage, m->relay, &fds[NEIGHBOURS]);
        if (m->done_msec == 0 && relay_is_done(m->relay))
                on_done(m);
        for (size_t i = 0; i < _CONSOLES; i++)
                console_dispatch(&m->consoles[i], &fds[i]);
        end_if_overdue(m);
}

static int open_consoles(VirtualMachine *m) {
        static const struct {
                const char *name;
                int priority;
        } consoles[_CONSOLES] = {
                [KERNEL] = { "kernel", LOG_ERR }, /* it says nothing less there */
                [QEMU] = { "qemu", LOG_WARNING },
                [VIRTIOFSD] = { "virtiofsd", LOG_WARNING },
        };
        int r = 0;

        for (size_t i = 0; r >= 0 && i < _CONSOLES; i++)
                r = console_open(consoles[i].name, consoles[i].priority, &m->consoles[i]);
        return r;
}

static int open_all(VirtualMachine *m) {
        int r = supervisor_new(m->stage, &m->supervisor);
        if (r >= 0)
                r = open_consoles(m);
        if (r >= 0)
                r = m->self = pidfd_open(getpid(), 0);
        if (r < 0)
                return log_error_errno(r, "Cannot make the streams of pod '%s': %m", m->stage->pod.name);

        return 0;
}

/* Returns qemu's end. */
static int open_link(VirtualMachine *m) {
        int fds[2];

        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
                return log_error_errno(-errno, "Cannot make a link to the guest of pod '%s': %m",
                                       m->stage->pod.name);
        m->pod = (RelayPod) { .stage = m->stage, .supervisor = m->supervisor, .journal = -EBADF };
        m->events = relay_pod_events(&m->pod);
        int r = relay_new(fds[0], m->stage->n_apps, &m->events, &m->relay);
        if (r < 0) {
                fd_close(fds[1]);
                return log_error_errno(r, "Cannot make a link to the guest of pod '%s': %m",
                                       m->stage->pod.name);
        }

        return fds[1];
}

static int start(VirtualMachine *m, const Qemu *q, const Disks *disks, const Exports *exports) {
        _cleanup_close_ int volumes = -EBADF, link = open_link(m);
        int r = MIN(link, 0);

        if (r >= 0 && exports->n > 0)
                r = exports_start(exports, m->stage, m->consoles[VIRTIOFSD].to, &m->virtiofsd, &volumes);
        if (r >= 0)
                r = qemu_start(q,
                               &(QemuFds) {
                                               .disks = disks,
                                               .taps = &m->taps,
                                               .link = link,
                                               .volumes = volumes,
                                               .serial = m->consoles[KERNEL].to,
                                               .err = m->consoles[QEMU].to,
                               },
                               &m->qemu);
        for (size_t i = 0; i < _CONSOLES; i++)
                console_started(&m->consoles[i]);

        return r;
}

/* The pod's namespace is there, but nothing in it yet. */
static int open_taps(VirtualMachine *m) {
        const Stage *s = m->stage;

        if (s->n_networks == 0)
                return 0;
        int r = s->n_networks > QEMU_NETWORKS_MAX ? -E2BIG
                                                  : taps_open(s->network_fd, s->n_networks, &m->taps);
        if (r < 0)
                return log_error_errno(r, "Cannot give the virtual machine of pod '%s' its %zu networks: %m",
                                       s->pod.name, s->n_networks);

        return 0;
}

static int put_together(VirtualMachine *m, Store *store) {
        _cleanup_exports_ Exports exports = {};
        _cleanup_disks_ Disks disks = {};
        _cleanup_qemu_ Qemu q = {};
        _cleanup_close_ int initrd = -EBADF;

        int r = qemu_prepare(m->stage, store, &q, &initrd);
        if (r >= 0)
                r = open_taps(m);
        if (r >= 0)
                r = disks_open(m->stage, store, &disks);
        if (r >= 0)
                r = guest_orders_write(m->stage, store, &disks, &exports, initrd);

        return r < 0 ? r : start(m, &q, &disks, &exports);
}

static void end_child(pid_t pid) {
        if (pid > 0) {
                (void) kill(pid, SIGKILL);
                (void) waitpid(pid, NULL, 0);
        }
}

VirtualMachine *virtual_machine_free(VirtualMachine *m) {
        if (!m)
                return NULL;

        end_child(m->qemu);
        end_child(m->virtiofsd);
        relay_free(m->relay);
        taps_done(&m->taps);
        fd_close(m->orders);
        fd_close(m->neighbours);
        fd_close(m->pod.journal);
        supervisor_free(m->supervisor);
        for (size_t i = 0; i < _CONSOLES; i++)
                console_close(&m->consoles[i]);
        fd_close(m->self);
        free(m);
        return NULL;
}

int virtual_machine_start(Stage *stage, Store *store, VirtualMachine **ret) {
        _cleanup_(virtual_machine_freep) VirtualMachine *m = malloc(sizeof(VirtualMachine));
        if (!m)
                return log_error_errno(-ENOMEM, "Cannot make the virtual machine of pod '%s': %m",
                                       stage->pod.name);

        *m = (VirtualMachine) {
                .stage = stage,
                .pod.journal = -EBADF,
                .orders = -EBADF,
                .neighbours = -EBADF,
                .self = -EBADF,
                .consoles = { CONSOLE_NONE, CONSOLE_NONE, CONSOLE_NONE },
        };
        int r = open_all(m);
        if (r >= 0)
                r = put_together(m, store);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(m);
        return 0;
}

int virtual_machine_join(VirtualMachine *m) {
        _cleanup_free_ char *why = NULL;
        const Stage *s = m->stage;

        if (s->n_networks == 0)
                return 0;
        m->neighbours = neighbours_watch(s); /* before their names are read */
        if (m->neighbours < 0)
                log_warning_errno(m->neighbours,
                                  "Cannot watch who the neighbours of pod '%s' are, ignoring: %m",
                                  s->pod.name);
        int r = taps_tie(&m->taps, s->network_fd, &s->network, &why);
        if (r >= 0)
                r = m->orders = guest_network_orders(s, &m->taps);
        taps_done(&m->taps);
        if (r < 0)
                return log_error_errno(r, "Cannot have the virtual machine of pod '%s' in its networks: %s",
                                       s->pod.name, why ? why : strerror(-r));

        return 0;
}

int virtual_machine_run(VirtualMachine *m, Machine *machine, PodEnd *ret_end) {
        const Payload payload = {
                .data = m,
                .go_on = go_on,
                .ended = ended,
                .stop = stop,
                .signal = pass_signal,
                .command = carry_out,
                .n_fds = RELAY + relay_n_poll(m->relay),
                .poll = poll_all,
                .dispatch = dispatch,
        };

        return supervisor_run(m->supervisor, &payload, machine, ret_end);
}
