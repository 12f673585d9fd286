/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what the guest reports, made into what the stage hears of any app.
 * Never: believes the guest more than it would an app: a lie ends the link, and with it the pod.
 * Follows: link/message.h, pod/init-config.h. */

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "kvm-stage1/relay-request.h"
#include "kvm-stage1/relay.h"
#include "pod/init-config.h"

/* The guest's agent sends no more notifications than the stage hears; logs are all of the rest. */
#define MESSAGES_PER_SECOND 200
/* Before the journal, or whoever else could not take something, is asked again. */
#define AGAIN_MSEC 50

typedef struct RelayApp {
        int status; /* where its reports go, from its start to its end; else -EBADF */
        bool runs;  /* it has been executed */
        uint32_t streams;
        RelayTerminal terminal;
} RelayApp;

struct Relay {
        Link *link; /* NULL: it has ended */
        RelayEvents events;
        RelayApp *apps;
        size_t n_apps;
        RelayRequest requests[LINK_EXECS_MAX];
        bool greeted, may_go, went, begun, done;
        int orders;       /* what goes with GO */
        uint32_t change;  /* the stream of the last CHANGED */
        LinkMessage late; /* what could not be taken yet; the texts are its own */
        char **fields;    /* of the entry that comes next, or is late */
};

static void forget_late(Relay *r) {
        free((char *) r->late.name);
        free((char *) r->late.text);
        r->late = (LinkMessage) {};
        r->fields = strv_free(r->fields);
}

/* Apps that have not ended by now are heard to have been killed. */
static void end(Relay *r) {
        r->link = link_free(r->link);
        for (size_t i = 0; i < r->n_apps; i++) {
                r->apps[i].status = fd_close(r->apps[i].status);
                relay_terminal_done(&r->apps[i].terminal);
        }
        for (size_t i = 0; i < ELEMENTSOF(r->requests); i++)
                if (r->requests[i].id > 0)
                        relay_request_fail(&r->requests[i], -ECONNRESET, "the virtual machine has ended");
        forget_late(r);
}

Relay *relay_free(Relay *r) {
        if (!r)
                return NULL;

        end(r);
        fd_close(r->orders);
        free(r->apps);
        free(r);
        return NULL;
}

static int tell(Relay *r, const LinkMessage *m) {
        return r->link ? link_send(r->link, m) : -ECONNRESET;
}

static void go_if_it_may(Relay *r) {
        if (!r->may_go || r->went || !r->greeted || !r->link)
                return;

        uint32_t stream = r->orders >= 0 ? link_take_ids(r->link, 1) : 0;
        int n = tell(r, &(LinkMessage) { LINK_GO, .id = stream });
        if (n >= 0 && stream > 0)
                n = link_open(r->link, stream, TAKE_FD(r->orders), -EBADF);
        r->went = n >= 0;
}

void relay_go(Relay *r, int orders) {
        r->may_go = true;
        r->orders = orders;
        go_if_it_may(r);
}

bool relay_may_change(const Relay *r) {
        return r->link && r->begun && !r->done && !link_has(r->link, r->change) && link_takes(r->link);
}

int relay_change(Relay *r, int orders) {
        _cleanup_close_ int owned = orders;

        if (!r->link)
                return -ECONNRESET;
        r->change = link_take_ids(r->link, 1);
        int n = tell(r, &(LinkMessage) { LINK_CHANGED, .id = r->change });
        return n < 0 ? n : link_open(r->link, r->change, TAKE_FD(owned), -EBADF);
}

void relay_stop(Relay *r) {
        (void) tell(r, &(LinkMessage) { LINK_STOP });
}

void relay_signal(Relay *r, size_t app, int sig) {
        if (r->apps[app].status >= 0)
                (void) tell(r, &(LinkMessage) { LINK_SIGNAL, .app = app, .value = sig });
}

/* A guest that does not run anything yet has nothing to be asked for. */
void relay_request(Relay *r, size_t app, ControlRequest *control, int connection) {
        RelayRequest late = RELAY_REQUEST_NONE;

        for (size_t i = 0; r->went && r->link && i < ELEMENTSOF(r->requests); i++)
                if (r->requests[i].id == 0) {
                        relay_request_begin(&r->requests[i], r->link, app, control, connection);
                        return;
                }

        late.connection = connection;
        relay_request_fail(&late, -EBUSY,
                           r->went ? "the virtual machine has enough to do"
                                   : "the virtual machine has not started it yet");
        control_request_done(control);
}

bool relay_has_begun(const Relay *r) {
        return r->begun;
}

bool relay_is_done(const Relay *r) {
        return r->done;
}

static int on_hello(Relay *r, const LinkMessage *m, char **reterr_why) {
        if (r->greeted || m->version != LINK_VERSION)
                return refuse(reterr_why, -EBADMSG, "HELLO of version %u", m->version);

        r->greeted = true;
        go_if_it_may(r);
        return 0;
}

static int on_failed(Relay *r, const LinkMessage *m, char **reterr_why) {
        _cleanup_free_ char *text = NULL;

        int n = str_copy(m->text, &text);
        if (n < 0)
                return n;

        str_to_line(text);
        return refuse(reterr_why, -ECANCELED, "%s", text);
}

static int connect_streams(Relay *r, RelayApp *a, int streams[static 3], bool terminal) {
        uint32_t id = a->streams;
        int n = 0;

        if (terminal) {
                relay_terminal_done(&a->terminal);
                n = relay_terminal_open(TAKE_FD(streams[0]), &a->terminal);
                if (n >= 0)
                        n = relay_terminal_connect(&a->terminal, r->link, id);
        } else
                n = link_open(r->link, id, TAKE_FD(streams[0]), -EBADF);
        if (n >= 0)
                n = link_open(r->link, id + 2, -EBADF, TAKE_FD(streams[1]));
        if (n >= 0)
                n = link_open(r->link, id + 4, -EBADF, TAKE_FD(streams[2]));

        return n;
}

/* What it says about a terminal is no more than that: what the app is to have, the stage knows. */
static bool wants_terminal(int stdin_fd) {
        int type;
        socklen_t size = sizeof(type);

        return stdin_fd >= 0 && getsockopt(stdin_fd, SOL_SOCKET, SO_TYPE, &type, &size) >= 0;
}

static int on_start(Relay *r, const LinkMessage *m, char **reterr_why) {
        RelayApp *a = &r->apps[m->app];
        int streams[3] = { -EBADF, -EBADF, -EBADF };

        if (!r->went || a->status >= 0)
                return refuse(reterr_why, -EBADMSG, "START of app %u, which %s", m->app,
                              r->went ? "runs" : "must not run yet");
        int n = r->events.start(r->events.data, m->app, streams, &a->status);
        if (n < 0)
                return n;

        r->begun = true;
        a->runs = false;
        a->streams = m->id;
        bool terminal = wants_terminal(streams[0]);
        n = terminal == m->terminal ? connect_streams(r, a, streams, terminal) : -EBADMSG;
        for (size_t i = 0; i < ELEMENTSOF(streams); i++)
                fd_close(streams[i]);
        return n == -EBADMSG || n == -EEXIST || n == -ENOBUFS
                               ? refuse(reterr_why, -EBADMSG,
                                        "START of app %u with streams that it cannot have", m->app)
                               : n;
}

/* What it can end by, and how that can be; what gantry-init itself would not say is a lie. */
static bool fits(const RelayApp *a, const LinkMessage *m) {
        switch (m->event) {
        case INIT_STARTED: return !a->runs && m->value == 0;
        case INIT_EXITED: return a->runs && m->value >= 0 && m->value <= 255;
        case INIT_KILLED:
        case INIT_DUMPED: return a->runs && m->value > 0 && m->value <= SIGRTMAX;
        case INIT_FAILED: return !a->runs && m->value > 0 && m->value <= 255;
        default: return false;
        }
}

static int on_status(Relay *r, const LinkMessage *m, char **reterr_why) {
        InitStatus status = { .event = m->event, .value = m->value };
        RelayApp *a = &r->apps[m->app];

        if (a->status >= 0 && m->event == LINK_OUT_OF_MEMORY) {
                r->events.out_of_memory(r->events.data, m->app);
                return 0;
        }
        if (a->status < 0 || !fits(a, m))
                return refuse(reterr_why, -EBADMSG, "STATUS %d of app %u, of which it cannot be", m->event,
                              m->app);

        (void) !write(a->status, &status, sizeof(status));
        a->runs = true;
        if (m->event != INIT_STARTED)
                a->status = fd_close(a->status);
        return 0;
}

static int on_answer(Relay *r, const LinkMessage *m, char **reterr_why) {
        for (size_t i = 0; i < ELEMENTSOF(r->requests); i++)
                if (r->requests[i].id == m->id && relay_request_answer(&r->requests[i], m))
                        return 0;

        return refuse(reterr_why, -EBADMSG, "answer to request %u, which there is not", m->id);
}

static int on_bye(Relay *r, char **reterr_why) {
        if (r->done)
                return refuse(reterr_why, -EBADMSG, "BYE for the second time");

        r->done = true;
        return tell(r, &(LinkMessage) { LINK_BYE });
}

static int deliver(Relay *r) {
        const LinkMessage *m = &r->late;

        if (m->type == LINK_LOG)
                return r->events.log(r->events.data, m->app,
                                     &(RelayEntry) { .priority = m->priority,
                                                     .identifier = m->name,
                                                     .text = m->text,
                                                     .fields = r->fields });
        return r->events.notify(r->events.data, m->app, (char *) m->text);
}

/* What cannot be taken now holds up all that comes behind it. Anything else that goes wrong with it is not the guest's fault. */
static void deliver_late(Relay *r) {
        if (deliver(r) == -EAGAIN) {
                link_hold(r->link, true);
                return;
        }

        link_hold(r->link, false);
        forget_late(r);
}

static bool is_field_name(const char *name) {
        return name[0] >= 'A' && name[0] <= 'Z' &&
               name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_" DIGITS)] == '\0';
}

static int on_field(Relay *r, const LinkMessage *m, char **reterr_why) {
        if (!is_field_name(m->name) || strv_length(r->fields) == LINK_FIELDS_MAX)
                return refuse(reterr_why, -EBADMSG, "FIELD that an entry cannot have");

        return strv_addf(&r->fields, "%s=%s", m->name, m->text);
}

static int on_text(Relay *r, const LinkMessage *m) {
        char *name = NULL, *text = NULL;

        int n = str_copy(m->name, &name);
        if (n >= 0)
                n = str_copy(m->text, &text);
        r->late = (LinkMessage) {
                .type = m->type, .app = m->app, .priority = m->priority, .name = name, .text = text
        };
        if (n >= 0)
                deliver_late(r);
        else
                forget_late(r);
        return n;
}

static int on_message(const LinkMessage *m, char **reterr_why, void *userdata) {
        Relay *r = userdata;

        if (!r->greeted && m->type != LINK_HELLO && m->type != LINK_FAILED)
                return refuse(reterr_why, -EBADMSG, "no HELLO first");

        switch (m->type) {
        case LINK_HELLO: return on_hello(r, m, reterr_why);
        case LINK_FAILED: return on_failed(r, m, reterr_why);
        case LINK_START: return on_start(r, m, reterr_why);
        case LINK_STATUS: return on_status(r, m, reterr_why);
        case LINK_EXITED:
        case LINK_RESULT: return on_answer(r, m, reterr_why);
        case LINK_NOTIFY:
        case LINK_LOG: return on_text(r, m);
        case LINK_FIELD: return on_field(r, m, reterr_why);
        case LINK_BYE: return on_bye(r, reterr_why);
        default: r->events.booted(r->events.data); return 0; /* READY */
        }
}

static void on_over(uint32_t id, void *userdata) {
        Relay *r = userdata;

        for (size_t i = 0; i < r->n_apps; i++)
                if (r->apps[i].streams == id)
                        relay_terminal_done(&r->apps[i].terminal);
        for (size_t i = 0; i < ELEMENTSOF(r->requests); i++)
                relay_request_over(&r->requests[i], id);
}

int relay_new(int fd, size_t n_apps, const RelayEvents *events, Relay **ret) {
        _cleanup_close_ int owned = fd;

        _cleanup_(relay_freep) Relay *r = calloc(1, sizeof(Relay));
        if (!r)
                return -ENOMEM;
        r->events = *events;
        r->orders = -EBADF;
        for (size_t i = 0; i < ELEMENTSOF(r->requests); i++)
                r->requests[i] = (RelayRequest) RELAY_REQUEST_NONE;
        r->apps = calloc(n_apps, sizeof(RelayApp));
        if (!r->apps)
                return -ENOMEM;
        r->n_apps = n_apps;
        for (size_t i = 0; i < n_apps; i++)
                r->apps[i] = (RelayApp) { .status = -EBADF, .terminal = RELAY_TERMINAL_NONE };

        int n = link_new(TAKE_FD(owned), LINK_HOST,
                         &(LinkLimits) { .apps = n_apps,
                                         .streams = LINK_STREAMS(n_apps),
                                         .messages_per_second = MESSAGES_PER_SECOND },
                         &(LinkEvents) { .message = on_message, .over = on_over, .userdata = r }, &r->link);
        if (n < 0)
                return n;

        *ret = TAKE_PTR(r);
        return 0;
}

static size_t n_link_fds(const Relay *r) {
        return 2 + 2 * LINK_STREAMS(r->n_apps);
}

size_t relay_n_poll(const Relay *r) {
        return n_link_fds(r) + ELEMENTSOF(r->requests) * RELAY_REQUEST_POLL + r->n_apps;
}

static int sooner(int a, int b) {
        return a < 0 ? b : b < 0 ? a : MIN(a, b);
}

static void tell_size(Relay *r, RelayApp *a) {
        if (relay_terminal_has_new_size(&a->terminal))
                (void) tell(r, &(LinkMessage) { LINK_RESIZE, .id = a->streams, .rows = a->terminal.rows,
                                                .columns = a->terminal.columns });
}

int relay_poll(Relay *r, struct pollfd *fds) {
        struct pollfd *of_requests = fds + n_link_fds(r),
                      *of_apps = of_requests + ELEMENTSOF(r->requests) * RELAY_REQUEST_POLL;
        int wait = r->late.type > 0 ? AGAIN_MSEC : -1;

        for (size_t i = 0; i < r->n_apps; i++) /* the stage may just have changed it */
                tell_size(r, &r->apps[i]);
        if (r->link)
                link_poll(r->link, fds);
        for (size_t i = 0; !r->link && i < n_link_fds(r); i++)
                fds[i] = (struct pollfd) { .fd = -EBADF };
        for (size_t i = 0; i < ELEMENTSOF(r->requests); i++)
                wait = sooner(wait,
                              relay_request_poll(&r->requests[i], of_requests + i * RELAY_REQUEST_POLL));
        for (size_t i = 0; i < r->n_apps; i++)
                relay_terminal_poll(&r->apps[i].terminal, &of_apps[i]);

        return wait;
}

int relay_dispatch(Relay *r, const struct pollfd *fds, char **reterr_why) {
        const struct pollfd *of_requests = fds + n_link_fds(r),
                            *of_apps = of_requests + ELEMENTSOF(r->requests) * RELAY_REQUEST_POLL;

        if (!r->link)
                return 0;
        if (r->late.type > 0)
                deliver_late(r);
        int n = link_dispatch(r->link, fds, reterr_why);
        if (n < 0) {
                end(r);
                return n;
        }

        for (size_t i = 0; i < ELEMENTSOF(r->requests); i++)
                if (r->requests[i].id > 0)
                        relay_request_dispatch(&r->requests[i], r->link,
                                               of_requests + i * RELAY_REQUEST_POLL);
        for (size_t i = 0; i < r->n_apps; i++)
                (void) relay_terminal_dispatch(&r->apps[i].terminal, &of_apps[i]);

        return 0;
}
