/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: requests of rtnetlink: an interface, an address.
 * Never: has two of them under way.
 * Follows: rtnetlink(7). */

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "basic/fd.h"
#include "network/netlink.h"

typedef struct Request {
        struct nlmsghdr header;
        union {
                struct ifinfomsg link;
                struct ifaddrmsg address;
        } body;
        char attributes[256]; /* enough for all there are */
} Request;

/* Returns the attribute, so that others can be put into it: end_nest(). */
static struct rtattr *add(Request *q, unsigned short type, const void *data, size_t size) {
        struct rtattr *a = (struct rtattr *) ((char *) q + NLMSG_ALIGN(q->header.nlmsg_len));

        *a = (struct rtattr) { .rta_type = type, .rta_len = RTA_LENGTH(size) };
        if (size > 0)
                memcpy(RTA_DATA(a), data, size);
        q->header.nlmsg_len = NLMSG_ALIGN(q->header.nlmsg_len) + RTA_ALIGN(a->rta_len);
        return a;
}

static void end_nest(const Request *q, struct rtattr *a) {
        a->rta_len = (const char *) q + q->header.nlmsg_len - (const char *) a;
}

static int ask(const Request *q) {
        struct {
                struct nlmsghdr header;
                struct nlmsgerr error;
                char more[512];
        } answer;

        _cleanup_close_ int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
        if (fd < 0 || send(fd, q, q->header.nlmsg_len, 0) < 0)
                return -errno;
        ssize_t n = recv(fd, &answer, sizeof(answer), 0);
        if (n < 0)
                return -errno;
        if ((size_t) n < sizeof(answer.header) + sizeof(int) || answer.header.nlmsg_type != NLMSG_ERROR)
                return -EBADMSG;

        return answer.error.error;
}

static void begin(Request *q, unsigned short type, size_t body) {
        *q = (Request) {
                .header = {
                        .nlmsg_len = NLMSG_LENGTH(body),
                        .nlmsg_type = type,
                        .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL,
                },
        };
}

int netlink_add_interface(const char *name) {
        Request q;

        begin(&q, RTM_NEWLINK, sizeof(q.body.link));
        add(&q, IFLA_IFNAME, name, strlen(name) + 1);
        struct rtattr *info = add(&q, IFLA_LINKINFO, NULL, 0);
        add(&q, IFLA_INFO_KIND, "veth", strlen("veth"));
        end_nest(&q, info);

        return ask(&q);
}

int netlink_add_address(const char *interface, const CniAddress *address) {
        size_t size = address->family == AF_INET ? sizeof(address->address.in)
                                                 : sizeof(address->address.in6);
        unsigned index = if_nametoindex(interface);
        Request q;

        if (index == 0)
                return -errno;
        begin(&q, RTM_NEWADDR, sizeof(q.body.address));
        q.body.address = (struct ifaddrmsg) {
                .ifa_family = address->family,
                .ifa_prefixlen = address->prefix,
                .ifa_flags = IFA_F_NODAD,
                .ifa_index = index,
        };
        add(&q, IFA_LOCAL, &address->address, size);
        add(&q, IFA_ADDRESS, &address->address, size);

        return ask(&q);
}
