/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what a host is, which one is this machine, and the names below it.
 * Never: asks a resolver.
 * Follows: RFC 3986, 3.2.2 and 3.2.3; the grammar of distribution/reference. */

#include <arpa/inet.h>
#include <strings.h>

#include "basic/str.h"
#include "image/host.h"

bool hostname_is_valid(const char *p) {
        for (;;) {
                size_t n = strcspn(p, ".");
                if (n == 0 || p[0] == '-' || p[n - 1] == '-' ||
                    strspn(p, LOWERCASE UPPERCASE DIGITS "-") != n)
                        return false;
                if (p[n] == '\0')
                        return true;
                p += n + 1;
        }
}

/* One spelling a port: no leading zeros. */
static bool port_is_valid(const char *port) {
        uint64_t n;
        return port[0] != '0' && str_to_u64(port, &n) >= 0 && n <= UINT16_MAX;
}

/* Cuts `host` in two. `port` is NULL if there is none, *ret_ipv6 says that there were brackets. */
static int split(const char *host, char **ret_name, const char **ret_port, bool *ret_ipv6) {
        bool ipv6 = host[0] == '[';
        size_t n = strcspn(host, ipv6 ? "]" : ":");
        const char *end = host + n + (ipv6 && host[n] == ']');

        if ((ipv6 && host[n] != ']') || (*end != '\0' && *end != ':'))
                return -EINVAL;

        char *name = strndup(host + ipv6, n - ipv6);
        if (!name)
                return -ENOMEM;

        *ret_name = name;
        *ret_port = *end == ':' ? end + 1 : NULL;
        *ret_ipv6 = ipv6;
        return 0;
}

bool host_is_valid(const char *host) {
        _cleanup_free_ char *name = NULL;
        struct in6_addr address;
        const char *port;
        bool ipv6;

        if (split(host, &name, &port, &ipv6) < 0)
                return false;

        return (ipv6 ? inet_pton(AF_INET6, name, &address) == 1 : hostname_is_valid(name)) &&
               (!port || port_is_valid(port));
}

bool host_is_loopback(const char *host) {
        _cleanup_free_ char *name = NULL;
        struct in6_addr address6;
        struct in_addr address;
        const char *port;
        bool ipv6;

        if (split(host, &name, &port, &ipv6) < 0)
                return false;
        if (ipv6)
                return inet_pton(AF_INET6, name, &address6) == 1 && IN6_IS_ADDR_LOOPBACK(&address6);
        if (inet_pton(AF_INET, name, &address) == 1)
                return ntohl(address.s_addr) >> 24 == 127;

        return strcasecmp(name, "localhost") == 0;
}

const char *host_canonical(const char *host) {
        return streq(host, "index.docker.io") || streq(host, "registry-1.docker.io") ? "docker.io" : host;
}

ssize_t host_path_match(const char *prefix, const char *name) {
        const char *rest = startswith(name, prefix);
        return rest && (*rest == '\0' || *rest == '/') ? rest - name : -1;
}
