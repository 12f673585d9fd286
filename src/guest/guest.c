/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: process 1 of a pod's virtual machine, from its first instruction to its reset.
 * Never: starts anything of an image before the host has said so; goes on when the host is gone. Static, for there is nothing else yet.
 * Follows: docs/ARCHITECTURE.md, "The guest"; link/message.h. */

#include <fcntl.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "basic/clock.h"
#include "basic/fd.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "guest/agent.h"
#include "guest/app-make.h"
#include "guest/cgroup.h"
#include "guest/disks.h"
#include "guest/files.h"
#include "guest/host-directory.h"
#include "guest/modules.h"
#include "guest/network.h"
#include "guest/port.h"
#include "guest/start.h"
#include "guest/volumes.h"
#include "pod/guest-config.h"

/* Without anything to do, and at the latest. */
#define SETTLE_MSEC 1000
#define SETTLE_MAX_MSEC 10000
#define LAST_WORDS_MSEC 10000

#define CONSOLE_LEVEL 8 /* of syslog(2): what is more urgent than that is printed */

/* What cannot be said to the host is said to its console. */
static int complain(const char *what, int error) {
        (void) dprintf(STDERR_FILENO, "gantry-guest: cannot %s: %s\n", what, strerror(-error));
        return error;
}

static int mount_first(void) {
        static const struct {
                const char *path, *type;
                unsigned long flags;
        } mounts[] = {
                { "/dev", "devtmpfs", MS_NOSUID },
                { "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC },
                { "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC },
                { "/sys/fs/cgroup", "cgroup2", MS_NOSUID | MS_NODEV | MS_NOEXEC },
        };

        for (size_t i = 0; i < ELEMENTSOF(mounts); i++)
                if ((mkdir(mounts[i].path, 0755) < 0 && errno != EEXIST) ||
                    mount(mounts[i].type, mounts[i].path, mounts[i].type, mounts[i].flags, NULL) < 0)
                        return -errno;

        return 0;
}

/* A kernel without a console gives none of them. */
static int open_standard_fds(void) {
        int fd;

        do
                fd = open("/dev/null", O_RDWR);
        while (fd >= 0 && fd <= STDERR_FILENO);
        if (fd < 0)
                return -errno;
        (void) close(fd);

        return 0;
}

static int read_config(GuestConfig *ret, char **reterr_why) {
        _cleanup_free_ char *why = NULL;
        _cleanup_blob_ Blob text = {};

        int r = file_read_at(AT_FDCWD, GUEST_ORDERS, GUEST_ORDERS_MAX, &text);
        if (r >= 0)
                r = guest_config_parse(&text, ret, &why);
        if (r < 0)
                return refuse(reterr_why, r, "Cannot read what the pod is to be: %s",
                              why ? why : strerror(-r));

        return 0;
}

static int set_up_machine(const GuestConfig *c) {
        struct ifreq loopback = { .ifr_name = "lo", .ifr_flags = IFF_UP };

        _cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &loopback) < 0)
                return -errno;

        return c->hostname && sethostname(c->hostname, strlen(c->hostname)) < 0 ? -errno : 0;
}

/* What says how the pod is called and reached; and the systemd, which is told what of the apps is mounted where. */
static int complete_pod(Agent *a, char **reterr_why) {
        const GuestConfig *c = a->config;
        int r = 0;

        for (size_t i = 0; r >= 0 && i < c->n_apps; i++)
                r = files_make(&a->apps[i].place, reterr_why);

        return r < 0 || !c->boots ? r : system_make(c, a->apps, &a->system, reterr_why);
}

/* It has been put together before anybody knew its addresses. */
static int join_networks(Agent *a, char **reterr_why) {
        _cleanup_(guest_network_done) GuestNetwork n = {};
        _cleanup_free_ char *why = NULL;

        int r = network_read(a->orders_fd, &n, &why);
        if (r < 0)
                return refuse(reterr_why, r, "Cannot read which networks the pod is in: %s",
                              why ? why : strerror(-r));
        r = network_make(&n, reterr_why);

        return r < 0 ? r : complete_pod(a, reterr_why);
}

static int make_pod(Agent *a, char **reterr_why) {
        const GuestConfig *c = a->config;

        int r = set_up_machine(c);
        if (r >= 0)
                r = journal_open(c, &a->journal);
        if (r >= 0)
                r = host_directory_make();
        if (r < 0)
                return refuse(reterr_why, r, "Cannot set up the guest: %s", strerror(-r));

        r = disks_mount(c, reterr_why);
        if (r >= 0)
                r = volumes_open(c, reterr_why);
        for (size_t i = 0; r >= 0 && i < c->n_apps; i++)
                r = app_make(&c->apps[i], i, c->boots, &a->apps[i], reterr_why);

        return r < 0 || c->network ? r : complete_pod(a, reterr_why);
}

static int start(Agent *a, char **reterr_why) {
        if (a->config->boots)
                return system_start(&a->system, reterr_why);

        App *app = &a->apps[0];
        int r = host_directory_show(&app->place);
        if (r < 0)
                return refuse(reterr_why, r, "Cannot give the app its credentials: %s", strerror(-r));
        _cleanup_close_ int cgroup = cgroup_make_app(app->config, reterr_why);
        return cgroup < 0 ? cgroup : start_alone(app, cgroup, a->link, reterr_why);
}

/* When nothing happens for a while, or if there always is something, what nobody had to wait for is done. */
static int wait_for_end(Agent *a, char **reterr_why) {
        uint64_t begin = now_msec(CLOCK_MONOTONIC);
        bool is_settled = false;
        int r = 0;

        while (r >= 0 && a->runs) {
                r = agent_turn(a, is_settled ? -1 : SETTLE_MSEC, reterr_why);
                if (!is_settled && (r == 0 || now_msec(CLOCK_MONOTONIC) - begin > SETTLE_MAX_MSEC)) {
                        modules_load_late();
                        is_settled = true;
                }
        }

        return r;
}

/* What has been written is heard, however long it takes the host. */
static int hear_the_rest(Agent *a, char **reterr_why) {
        for (;;) {
                bool is_all = agent_has_heard_all(a);

                int r = agent_turn(a, is_all ? 0 : -1, reterr_why);
                if (r < 0 || (r == 0 && is_all))
                        return r;
        }
}

static int run(Agent *a, char **reterr_why) {
        int r = make_pod(a, reterr_why);
        while (r >= 0 && !a->may_run && !a->is_to_stop)
                r = agent_turn(a, -1, reterr_why);
        if (r >= 0 && a->config->network && !a->is_to_stop)
                r = join_networks(a, reterr_why);
        if (r < 0 || a->is_to_stop)
                return r;

        r = start(a, reterr_why);
        a->runs = r >= 0;
        if (r >= 0)
                r = wait_for_end(a, reterr_why);

        return r < 0 ? r : hear_the_rest(a, reterr_why);
}

/* The host hears it, or is told so by the guest's end. */
static void say_last(Agent *a, LinkType type, const char *text) {
        _cleanup_free_ char *why = NULL;

        int r = agent_say(a, type, text);
        while (r >= 0 && !a->is_heard && !(type == LINK_FAILED && link_is_flushed(a->link))) {
                r = agent_turn(a, LAST_WORDS_MSEC, &why);
                if (r == 0)
                        break;
        }
}

/* Of whom there is something to be said, and to whom. */
static int serve(void) {
        static Agent agent;
        _cleanup_free_ char *why = NULL;
        GuestConfig config = {};

        int error = read_config(&config, &why), loaded = modules_load(&config, error < 0 ? NULL : &why);
        int port = port_open();
        if (port < 0)
                return complain("open the port to the host", port);
        int r = agent_open(&agent, &config, port);
        if (r < 0)
                return complain("talk to the host", r);

        r = error < 0 ? error : loaded;
        if (r >= 0)
                r = agent_turn(&agent, 0, &why); /* the host can answer while the pod is made */
        if (r >= 0)
                r = run(&agent, &why);
        if (r < 0)
                say_last(&agent, LINK_FAILED, why ? why : strerror(-r));
        else
                say_last(&agent, LINK_BYE, "");
        return r;
}

/* It must not end: that would be a panic. Errors, which are few from here on, go to the console, and from there to the host's journal. */
int main(int argc, char **argv) {
        umask(0);
        (void) klogctl(CONSOLE_LEVEL, NULL, LOG_WARNING);
        int r = mount_first();
        if (r >= 0)
                r = open_standard_fds();
        if (r < 0)
                (void) complain("begin", r);
        else
                (void) serve();

        sync();
        (void) reboot(RB_AUTOBOOT);
        return EXIT_FAILURE;
}
