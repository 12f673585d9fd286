/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: network namespaces of pods.
 * Never: stays in one: a process that cannot go back ends.
 * Follows: network_namespaces(7); docs/ARCHITECTURE.md, "Networks". */

#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "network/namespace.h"
#include "network/netlink.h"

#define OWN_NAMESPACE "/proc/thread-self/ns/net"

static int open_own(void) {
        int fd = open(OWN_NAMESPACE, O_RDONLY | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

/* Anything that this process did from there on would be done in a pod. */
static void go_back(int own) {
        if (setns(own, CLONE_NEWNET) < 0)
                abort();
}

static int set_up_loopback(void) {
        struct ifreq q = { .ifr_name = "lo", .ifr_flags = IFF_UP };

        _cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        return fd < 0 || ioctl(fd, SIOCSIFFLAGS, &q) < 0 ? -errno : 0;
}

int namespace_set_parameter(const char *name, const char *value) {
        _cleanup_free_ char *path = NULL;

        int r = str_printf(&path, "/proc/sys/%s", name);
        if (r < 0)
                return r;
        for (char *p = path; *p; p++)
                if (*p == '.')
                        *p = '/';
        _cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);
        return fd < 0 ? -errno : fd_write_full(fd, value, strlen(value));
}

/* Nobody in the pod has a capability over a namespace that is the host's. What a container is used to be able to do without one is given here:
 * any port, and ping. And nobody else has the addresses that plugins give: to look for him first would take a second. */
static void set_defaults(void) {
        (void) namespace_set_parameter("net.ipv4.ip_unprivileged_port_start", "0");
        (void) namespace_set_parameter("net.ipv4.ping_group_range", "0 2147483647");
        (void) namespace_set_parameter("net.ipv6.conf.default.accept_dad", "0");
}

static int set_parameters(const AppcPod *pod, char **reterr_why) {
        const Json *sysctls = appc_isolator_get(pod->isolators, pod->n_isolators, "os/unix/sysctl"), *value;
        const char *name;

        for (void *i = NULL; json_next(sysctls, &i, &name, &value);) {
                if (!startswith(name, "net.") || strchr(name, '/') || strstr(name, ".."))
                        continue;
                int r = namespace_set_parameter(name, json_text(value));
                if (r < 0)
                        return refuse(reterr_why, r, "cannot set '%s': %s", name, strerror(-r));
        }

        return 0;
}

static int furnish(const AppcPod *pod, char **reterr_why) {
        int r = set_up_loopback();
        if (r < 0)
                return r;

        set_defaults();
        return pod ? set_parameters(pod, reterr_why) : 0;
}

int namespace_make(const AppcPod *pod, char **reterr_why) {
        _cleanup_close_ int own = open_own();
        if (own < 0)
                return own;
        if (unshare(CLONE_NEWNET) < 0)
                return -errno;

        int r = furnish(pod, reterr_why);
        _cleanup_close_ int fd = r < 0 ? -EBADF : open_own();
        go_back(own);

        return r < 0 ? r : fd < 0 ? fd : TAKE_FD(fd);
}

static int stand_in_for(const Attachment *a) {
        const CniResult *result = a->result;

        int r = netlink_add_interface(a->interface);
        for (size_t i = 0; r >= 0 && result && i < result->n_ips; i++)
                r = netlink_add_address(a->interface, &result->ips[i]);

        return r;
}

int namespace_make_stand_in(const PodNetwork *n) {
        int r = 0;

        _cleanup_close_ int own = open_own();
        if (own < 0)
                return own;
        if (unshare(CLONE_NEWNET) < 0)
                return -errno;

        for (size_t i = 0; r >= 0 && i < n->n_attachments; i++)
                r = stand_in_for(&n->attachments[i]);
        _cleanup_close_ int fd = r < 0 ? -EBADF : open_own();
        go_back(own);

        return r < 0 ? r : fd < 0 ? fd : TAKE_FD(fd);
}

static bool is_at(const struct ifaddrs *i, const CniAddress *address) {
        const struct sockaddr_in *in = (const struct sockaddr_in *) i->ifa_addr;
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *) i->ifa_addr;

        if (!i->ifa_addr || i->ifa_addr->sa_family != address->family)
                return false;

        return address->family == AF_INET
                               ? memcmp(&in->sin_addr, &address->address, sizeof(in->sin_addr)) == 0
                               : memcmp(&in6->sin6_addr, &address->address, sizeof(in6->sin6_addr)) == 0;
}

static bool is_there(const struct ifaddrs *list, const CniAddress *address) {
        for (const struct ifaddrs *i = list; i; i = i->ifa_next)
                if (is_at(i, address))
                        return true;

        return false;
}

static int check(const Attachment *a, const struct ifaddrs *list, char **reterr_why) {
        if (if_nametoindex(a->interface) == 0)
                return refuse(reterr_why, -EREMOTEIO,
                              "network '%s': its plugins say that they are done, and there is no interface '%s'",
                              a->network->name, a->interface);
        for (size_t i = 0; i < a->result->n_ips; i++)
                if (!is_there(list, &a->result->ips[i]))
                        return refuse(reterr_why, -EREMOTEIO,
                                      "network '%s': its plugins say that the address is %s, and it is not",
                                      a->network->name, a->result->ips[i].text);

        return 0;
}

int namespace_check(int fd, const PodNetwork *n, char **reterr_why) {
        struct ifaddrs *list = NULL;

        _cleanup_close_ int own = open_own();
        if (own < 0)
                return own;
        if (setns(fd, CLONE_NEWNET) < 0)
                return -errno;

        int r = getifaddrs(&list) < 0 ? -errno : 0;
        for (size_t i = 0; r >= 0 && i < n->n_attachments; i++)
                r = check(&n->attachments[i], list, reterr_why);
        if (list)
                freeifaddrs(list);
        go_back(own);

        return r;
}

int namespace_call(int fd, int (*call)(void *data), void *data) {
        _cleanup_close_ int own = open_own();
        if (own < 0)
                return own;
        if (setns(fd, CLONE_NEWNET) < 0)
                return -errno;

        int r = call(data);
        go_back(own);
        return r;
}
