/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: how a published port is written.
 * Never: knows which ports there are.
 * Follows: podman-run(1), "--publish"; gantry.pod(5), "PublishPort=". */

#include <arpa/inet.h>
#include <string.h>

#include "basic/refuse.h"
#include "basic/str.h"
#include "image/appc-types.h"
#include "settings/port-setting.h"

#define PORTS_MAX 1024U /* of one setting: each is some rules of the host's */

void port_setting_done(PortSetting *p) {
        free(p->host_ip);
        free(p->name);
        free(p->protocol);
        *p = (PortSetting) {};
}

static bool read_port(const char *s, uint32_t *ret) {
        uint64_t port;

        if (str_to_u64(s, &port) < 0 || port < 1 || port > UINT16_MAX)
                return false;

        *ret = port;
        return true;
}

/* "80" or "80-89"; the text is taken apart. */
static bool read_range(char *s, uint32_t *ret_first, uint32_t *ret_count) {
        char *dash = strchr(s, '-');
        uint32_t last;

        if (dash)
                *dash = '\0';
        if (!read_port(s, ret_first) || !read_port(dash ? dash + 1 : s, &last) || last < *ret_first)
                return false;

        *ret_count = last - *ret_first + 1;
        return *ret_count <= PORTS_MAX;
}

/* In front of a port: "192.0.2.1" or "[2001:db8::1]". */
static int read_host_ip(char *s, PortSetting *p) {
        size_t n = strlen(s);
        bool brackets = s[0] == '[' && s[n - 1] == ']';
        struct in6_addr address;

        if (brackets) {
                s[n - 1] = '\0';
                s++;
        }
        if (inet_pton(brackets ? AF_INET6 : AF_INET, s, &address) != 1)
                return -EINVAL;

        return str_copy(s, &p->host_ip);
}

static int read_host(char *s, PortSetting *p) {
        char *colon = strrchr(s, ':'), *port = colon ? colon + 1 : s;

        if (!read_range(port, &p->host_port, &p->count))
                return -EINVAL;
        if (!colon)
                return 0;

        *colon = '\0';
        return read_host_ip(s, p);
}

static int read_pod(char *s, PortSetting *p) {
        static const char *const protocols[] = { "tcp", "udp", "sctp" };
        char *slash = strchr(s, '/'), *protocol = slash ? slash + 1 : (char *) "tcp";
        uint32_t count;

        if (!slash && !in_charset(s, DIGITS "-") && appc_name_is_valid(s))
                return p->count == 1 ? str_copy(s, &p->name) : -EINVAL;

        if (slash)
                *slash = '\0';
        if (!read_range(s, &p->pod_port, &count) || count != p->count)
                return -EINVAL;
        for (size_t i = 0; i < ELEMENTSOF(protocols); i++)
                if (streq(protocol, protocols[i]))
                        return str_copy(protocol, &p->protocol);

        return -EINVAL;
}

int port_setting_parse(const char *value, PortSetting *ret, char **reterr_why) {
        _cleanup_free_ char *text = strdup(value);
        _cleanup_port_setting_ PortSetting p = {};
        char *colon = text ? strrchr(text, ':') : NULL;

        if (!text)
                return -ENOMEM;
        if (colon)
                *colon = '\0';
        int r = colon ? read_host(text, &p) : -EINVAL;
        if (r >= 0)
                r = read_pod(colon + 1, &p);
        if (r == -EINVAL)
                return refuse(reterr_why, r,
                              "it must be [IP:]HOST:POD[/PROTOCOL], ports from 1 to 65535 or as long ranges of them (at most %u), tcp, udp or sctp; or [IP:]HOST:NAME",
                              PORTS_MAX);
        if (r < 0)
                return r;

        *ret = p;
        p = (PortSetting) {};
        return 0;
}
