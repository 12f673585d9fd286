/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: values of settings that say how a pod is called and what it hears and sees of the network.
 * Never: resolves a name.
 * Follows: gantry.pod(5); hosts(5); resolv.conf(5); systemd.socket(5). */

#include <arpa/inet.h>

#include "basic/str.h"
#include "image/appc-isolator.h"
#include "image/host.h"
#include "image/reference.h"
#include "pod/network-kind.h"
#include "settings/port-setting.h"
#include "settings/setting-values.h"

#define BANDWIDTH_MIN UINT64_C(1000)
#define BANDWIDTH_MAX UINT64_C(1000000000000)

int setting_host_name(const char *value, char **ret, char **reterr_why) {
        return setting_accept(reference_is_valid_machine_name(value), value,
                              "a host name of at most 64 letters, digits, '-' and '.'", ret, reterr_why);
}

int setting_network(const char *value, char **ret, char **reterr_why) {
        return setting_accept(
                        network_check(value) >= 0, value,
                        "none, host, pod:NAME, a network of systemd (veth, zone:NAME, bridge:INTERFACE, macvlan:INTERFACE, ipvlan:INTERFACE), or networks of this host: NAME or NAME:KEY=VALUE;…",
                        ret, reterr_why);
}

int setting_port(const char *value, char **ret, char **reterr_why) {
        _cleanup_port_setting_ PortSetting p = {};

        int r = port_setting_parse(value, &p, reterr_why);
        return r < 0 ? r : str_copy(value, ret);
}

static bool is_address(const char *s) {
        struct in6_addr address;
        return inet_pton(AF_INET, s, &address) == 1 || inet_pton(AF_INET6, s, &address) == 1;
}

/* It goes into an isolator as it is. */
int setting_bandwidth(const char *value, char **ret, char **reterr_why) {
        _cleanup_json_ Json *quantity = json_new_string(value);
        uint64_t bytes = 0;

        bool good = quantity && appc_quantity(quantity, 1, &bytes) >= 0 && bytes >= BANDWIDTH_MIN &&
                    bytes <= BANDWIDTH_MAX;
        return setting_accept(good, value,
                              "bytes a second, from 1K to 1T; K, M, G or T, or Ki, Mi, … may follow", ret,
                              reterr_why);
}

/* "NAME:ADDRESS", as hosts(5) has it; an IPv6 address may be in brackets. */
int setting_host(const char *value, char **ret, char **reterr_why) {
        static const char wanted[] = "NAME:ADDRESS, a host name and its IP address";
        _cleanup_free_ char *name = strdup(value);
        if (!name)
                return -ENOMEM;

        char *address = name + strcspn(name, ":");
        if (*address)
                *address++ = '\0';
        if (*address == '[' && endswith(address, "]")) {
                address++;
                address[strlen(address) - 1] = '\0';
        }
        if (!hostname_is_valid(name) || !is_address(address))
                return setting_accept(false, value, wanted, ret, reterr_why);

        return str_printf(ret, "%s %s", address, name);
}

int setting_address(const char *value, char **ret, char **reterr_why) {
        return setting_accept(is_address(value), value, "an IP address", ret, reterr_why);
}

int setting_domain(const char *value, char **ret, char **reterr_why) {
        return setting_accept(streq(value, ".") || hostname_is_valid(value), value, "a domain", ret,
                              reterr_why);
}

static bool is_port(const char *s) {
        uint64_t port;
        return str_to_u64(s, &port) >= 0 && port >= 1 && port <= 65535;
}

/* "8080", "127.0.0.1:8080", "[::1]:8080". */
static bool is_internet_socket(const char *s) {
        const char *colon = strrchr(s, ':');
        _cleanup_free_ char *host = colon ? strndup(s, colon - s) : NULL;

        if (!host)
                return is_port(s);
        size_t n = strlen(host);
        if (host[0] == '[' && host[n - 1] == ']') {
                struct in6_addr address;

                host[n - 1] = '\0';
                return is_port(colon + 1) && inet_pton(AF_INET6, host + 1, &address) == 1;
        }

        struct in_addr address;
        return is_port(colon + 1) && inet_pton(AF_INET, host, &address) == 1;
}

static int read_socket(const char *type, const char *value, char **ret, char **reterr_why) {
        bool local = (value[0] == '/' || value[0] == '@') && value[1] != '\0';

        if (!local && !is_internet_socket(value))
                return setting_accept(
                                false, value,
                                "a port, ADDRESS:PORT, the path of a socket, or @ and an abstract name", ret,
                                reterr_why);

        return str_printf(ret, "%s=%s", type, value);
}

int setting_stream(const char *value, char **ret, char **reterr_why) {
        return read_socket("ListenStream", value, ret, reterr_why);
}

int setting_datagram(const char *value, char **ret, char **reterr_why) {
        return read_socket("ListenDatagram", value, ret, reterr_why);
}

/* Of the namespaces that are a pod's own; all others are the host's. */
static bool is_namespaced(const char *name) {
        static const char *const prefixes[] = { "net.", "kernel.msg", "kernel.shm", "fs.mqueue." };

        if (streq(name, "kernel.sem"))
                return true;
        for (size_t i = 0; i < ELEMENTSOF(prefixes); i++)
                if (startswith(name, prefixes[i]))
                        return true;
        return false;
}

int setting_sysctl(const char *value, char **ret, char **reterr_why) {
        const char *equals = strchrnul(value, '=');
        _cleanup_free_ char *name = strndup(value, equals - value);
        if (!name)
                return -ENOMEM;

        bool good = *equals && is_namespaced(name) && in_charset(name, LOWERCASE UPPERCASE DIGITS "_-.") &&
                    !strstr(name, "..") && !endswith(name, ".");
        return setting_accept(
                        good, value,
                        "NAME=VALUE, of net.*, kernel.msg*, kernel.sem, kernel.shm* or fs.mqueue.*: others are the host's",
                        ret, reterr_why);
}
