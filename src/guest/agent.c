/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: all that the agent hears: of the host, of the apps, of its children.
 * Never: waits for one of them more than for the others.
 * Follows: link/link.h, link/message.h. */

#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/refuse.h"
#include "guest/agent.h"
#include "guest/files.h"
#include "guest/network.h"
#include "guest/streams.h"

/* What the host asks for by itself, and what streams of those are: orders, and three of the command. */
#define STREAMS_OF_EXEC 4
#define STREAMS_OF_APP 4 /* one app's last, and the next ones of a start that comes after it */
#define STREAMS_OF_POD 1 /* what has changed */

#define HELD_UP_MSEC 200

static Exec *find_exec(Agent *a, uint32_t id) {
        for (size_t i = 0; i < AGENT_REQUESTS; i++)
                if (a->execs[i].id == id)
                        return &a->execs[i];

        return NULL;
}

static Command *find_command(Agent *a, uint32_t id) {
        for (size_t i = 0; i < AGENT_REQUESTS; i++)
                if (a->commands[i].id == id)
                        return &a->commands[i];

        return NULL;
}

static int on_exec(Agent *a, const LinkMessage *m, char **reterr_why) {
        Exec *e = find_exec(a, 0);
        int r = e ? exec_begin(m, &a->apps[m->app], a->link, e) : -ENOBUFS;

        return r < 0 ? refuse(reterr_why, r, "Cannot begin one more command: %s", strerror(-r)) : 0;
}

static void on_command(Agent *a, const LinkMessage *m) {
        Command *c = find_command(a, 0);

        if (c)
                command_begin(m, &a->system, &a->apps[m->app], a->link, c);
        else
                (void) link_send(a->link, &(LinkMessage) { .type = LINK_RESULT,
                                                           .id = m->id,
                                                           .value = -EBUSY,
                                                           .text = "" });
}

static void on_signal(Agent *a, const LinkMessage *m) {
        const Exec *e = m->id > 0 ? find_exec(a, m->id) : NULL;
        pid_t pid = m->id == 0 ? a->apps[m->app].pid : e ? e->pid : 0;

        if (pid > 0)
                (void) kill(pid, m->value);
}

static void on_resize(Agent *a, const LinkMessage *m) {
        for (size_t i = 0; i < a->config->n_apps; i++)
                if (a->apps[i].terminal.stream == m->id)
                        terminal_resize(&a->apps[i].terminal, m->rows, m->columns);
        for (size_t i = 0; i < AGENT_REQUESTS; i++)
                if (a->execs[i].terminal.stream == m->id)
                        terminal_resize(&a->execs[i].terminal, m->rows, m->columns);
}

static void on_stop(Agent *a) {
        a->is_to_stop = true;
        if (!a->runs)
                return;
        if (a->config->boots)
                system_stop(&a->system);
        else if (a->apps[0].pid > 0 && a->apps[0].has_started) /* else the host says so again when it has */
                (void) kill(a->apps[0].pid, SIGTERM); /* gantry-init knows which signal the app wants */
}

static int on_go(Agent *a, const LinkMessage *m, char **reterr_why) {
        int r = a->may_run || a->orders > 0 ? -EBADMSG : 0;

        if (r >= 0 && m->id > 0)
                r = a->orders_fd = stream_open_file(a->link, m->id);
        if (r < 0)
                return refuse(reterr_why, r, "Cannot hear what there is to be told: %s", strerror(-r));

        a->orders = m->id;
        a->may_run = m->id == 0;
        return 0;
}

static int on_changed(Agent *a, const LinkMessage *m, char **reterr_why) {
        int r = a->change > 0 || !a->may_run ? -EBADMSG : stream_open_file(a->link, m->id);
        if (r < 0)
                return refuse(reterr_why, r, "Cannot hear what has changed: %s", strerror(-r));

        fd_close(a->orders_fd);
        a->orders_fd = r;
        a->change = m->id;
        return 0;
}

/* What an app cannot be told is no reason to end it. */
static void change_files(const Agent *a) {
        _cleanup_(guest_network_done) GuestNetwork n = {};
        _cleanup_free_ char *why = NULL;

        int r = network_read(a->orders_fd, &n, &why);
        for (size_t i = 0; r >= 0 && i < a->config->n_apps; i++)
                for (size_t k = 0; r >= 0 && k < n.n_texts; k++)
                        r = files_change(&a->apps[i].place, &n.texts[k]);
        if (r < 0)
                (void) dprintf(STDERR_FILENO, "gantry-guest: cannot change the files of apps: %s\n",
                               why ? why : strerror(-r));
}

static int on_message(const LinkMessage *m, char **reterr_why, void *userdata) {
        Agent *a = userdata;

        switch (m->type) {
        case LINK_GO: return on_go(a, m, reterr_why);
        case LINK_CHANGED: return on_changed(a, m, reterr_why);
        case LINK_EXEC: return on_exec(a, m, reterr_why);
        case LINK_SIGNAL: on_signal(a, m); break;
        case LINK_RESIZE: on_resize(a, m); break;
        case LINK_COMMAND: on_command(a, m); break;
        case LINK_STOP: on_stop(a); break;
        case LINK_BYE: a->is_heard = true; break;
        default: break;
        }

        return 0;
}

static void on_over(uint32_t id, void *userdata) {
        Agent *a = userdata;

        if (id == a->orders) {
                a->orders = 0;
                a->may_run = true;
        }
        if (id == a->change) {
                a->change = 0;
                change_files(a);
        }
        for (size_t i = 0; i < AGENT_REQUESTS; i++)
                if (a->execs[i].id > 0 && a->execs[i].orders == id)
                        exec_run(&a->execs[i], a->link);
}

static int open_signals(void) {
        sigset_t children;

        sigemptyset(&children);
        sigaddset(&children, SIGCHLD);
        (void) sigprocmask(SIG_BLOCK, &children, NULL);
        (void) signal(SIGPIPE, SIG_IGN);
        int fd = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
        return fd < 0 ? -errno : fd;
}

static int say_hello(Link *l) {
        return link_send(l, &(LinkMessage) { .type = LINK_HELLO, .version = LINK_VERSION });
}

static int lay_out(Agent *a) {
        size_t apps = 2, execs = apps + APP_POLL * a->config->n_apps, journal = execs + AGENT_REQUESTS,
               link = journal + JOURNAL_POLL, n = link + link_n_poll(a->link);

        struct pollfd *fds = calloc(n, sizeof(struct pollfd));
        if (!fds)
                return -ENOMEM;

        a->polled = (Polled) { fds, fds + 1, fds + apps, fds + execs, fds + journal, fds + link, n };
        return 0;
}

int agent_open(Agent *a, const GuestConfig *c, int port) {
        const LinkLimits limits = {
                .apps = MAX(c->n_apps, (size_t) 1),
                .streams = c->n_apps * STREAMS_OF_APP + AGENT_REQUESTS * STREAMS_OF_EXEC + STREAMS_OF_POD,
        };

        *a = (Agent) { .config = c, .system = SYSTEM_NULL, .orders_fd = -EBADF };
        for (size_t i = 0; i < AGENT_REQUESTS; i++) {
                a->execs[i] = EXEC_NULL;
                a->commands[i] = (Command) { .words = -EBADF };
        }
        a->apps = calloc(c->n_apps, sizeof(App));
        a->signals = open_signals();
        int r = a->signals < 0 ? a->signals
                               : link_new(port, LINK_GUEST, &limits,
                                          &(LinkEvents) { on_message, on_over, a }, &a->link);
        if (r < 0 || (c->n_apps > 0 && !a->apps))
                return r < 0 ? r : -ENOMEM;
        for (size_t i = 0; i < c->n_apps; i++)
                a->apps[i] = APP_NULL;

        r = lay_out(a);
        return r < 0 ? r : say_hello(a->link);
}

static int exit_status_of(int status) {
        return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* In a pod that boots, apps are not the agent's children; their ends are heard of by their sockets. */
static void on_child(Agent *a, pid_t pid, int status) {
        if (a->config->boots && pid == a->system.pid) {
                a->system.pid = 0;
                a->runs = false;
                for (size_t i = 0; i < a->config->n_apps; i++)
                        app_has_ended(&a->apps[i], a->link);
        } else if (!a->config->boots && pid == a->apps[0].init) {
                app_has_ended(&a->apps[0], a->link);
                a->runs = false;
        }

        for (size_t i = 0; i < AGENT_REQUESTS; i++) {
                if (a->execs[i].pid == pid)
                        exec_end(&a->execs[i], a->link, exit_status_of(status));
                if (a->commands[i].pid == pid)
                        command_end(&a->commands[i], a->link, exit_status_of(status));
        }
}

static void reap(Agent *a) {
        struct signalfd_siginfo info;
        pid_t pid;
        int status;

        (void) !read(a->signals, &info, sizeof(info));
        while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
                on_child(a, pid, status);
}

/* What may come in any number is asked for only if nothing else waits to be sent, so that there is always room for what must not be lost. */
static void fill_in(const Agent *a, const Polled *p) {
        bool quiet = link_is_flushed(a->link);

        *p->signals = (struct pollfd) { .fd = a->signals, .events = POLLIN };
        *p->system = (struct pollfd) { .fd = a->system.notify, .events = POLLIN };
        for (size_t i = 0; i < a->config->n_apps; i++)
                app_poll(&a->apps[i], quiet, p->apps + APP_POLL * i);
        for (size_t i = 0; i < AGENT_REQUESTS; i++)
                terminal_poll(&a->execs[i].terminal, &p->execs[i]);
        journal_poll(&a->journal, quiet, p->journal);
        link_poll(a->link, p->link);
}

static int dispatch(Agent *a, const Polled *p, char **reterr_why) {
        for (size_t i = 0; i < a->config->n_apps; i++)
                app_dispatch(&a->apps[i], a->link, &a->journal, p->apps + APP_POLL * i);
        for (size_t i = 0; i < AGENT_REQUESTS; i++)
                terminal_dispatch(&a->execs[i].terminal, a->link, &p->execs[i]);
        if (p->system->revents && system_hear(&a->system))
                (void) link_send(a->link, &(LinkMessage) { .type = LINK_READY });
        if (p->signals->revents)
                reap(a);
        journal_dispatch(&a->journal, a->link, p->journal);

        return link_dispatch(a->link, p->link, reterr_why);
}

/* Who is held up is not polled for. */
static int wait_at_most(const Agent *a, int msec) {
        for (size_t i = 0; i < a->config->n_apps; i++)
                if (app_is_held_up(&a->apps[i]))
                        return msec < 0 ? HELD_UP_MSEC : MIN(msec, HELD_UP_MSEC);

        return msec;
}

int agent_turn(Agent *a, int msec, char **reterr_why) {
        fill_in(a, &a->polled);
        int n = poll(a->polled.signals, a->polled.n, wait_at_most(a, msec));
        if (n < 0 && errno != EINTR)
                return -errno;

        int r = n > 0 ? dispatch(a, &a->polled, reterr_why) : 0;
        return r < 0 ? r : MAX(n, 0);
}

bool agent_has_heard_all(const Agent *a) {
        for (size_t i = 0; i < a->config->n_apps; i++)
                if (!app_is_heard(&a->apps[i], a->link))
                        return false;

        return link_is_flushed(a->link);
}

int agent_say(Agent *a, LinkType type, const char *text) {
        char cut[LINK_FAILED_MAX + 1];

        (void) snprintf(cut, sizeof(cut), "%s", text);
        return link_send(a->link, &(LinkMessage) { .type = type, .text = cut });
}
