/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: whom a pod asks for names, as far as that follows from its networks or from the host.
 * Never: has a pod ask somebody whom it cannot reach.
 * Follows: resolv.conf(5); CNI 1.0.0, SPEC.md, section 5, "dns". */

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "basic/str.h"
#include "basic/strv.h"
#include "network/resolv-conf.h"

static int add_servers(const CniResult *result, char ***lines) {
        int r = 0;

        STRV_FOREACH(server, result->nameservers)
                if (r >= 0)
                        r = strv_addf(lines, "nameserver %s", *server);

        return r;
}

/* A line of several words, in place of an earlier one. */
static int set_line(const char *key, char *const *words, char **line) {
        _cleanup_free_ char *joined = NULL;

        int r = strv_join(words, " ", &joined);
        if (r < 0 || !joined)
                return r;

        free(*line);
        *line = NULL;
        return str_printf(line, "%s %s", key, joined);
}

int resolv_conf_of_networks(const PodNetwork *n, char **ret) {
        _cleanup_free_ char *search = NULL, *options = NULL, *text = NULL;
        _cleanup_strv_ char **lines = NULL;
        int r = 0;

        for (size_t i = 0; r >= 0 && i < n->n_attachments; i++) {
                const CniResult *result = n->attachments[i].result;
                char *const domain[] = { result->domain, NULL };

                r = add_servers(result, &lines);
                if (r >= 0)
                        r = set_line("search", result->search ? result->search : domain, &search);
                if (r >= 0)
                        r = set_line("options", result->options, &options);
        }
        if (r < 0 || !lines)
                return r;

        if (search)
                r = strv_add(&lines, search);
        if (r >= 0 && options)
                r = strv_add(&lines, options);
        if (r >= 0)
                r = strv_join(lines, "\n", &text);

        return r < 0 ? r : str_printf(ret, "%s\n", text);
}

static bool is_loopback(const char *server) {
        struct in6_addr in6;
        struct in_addr in;

        if (inet_pton(AF_INET, server, &in) == 1)
                return ntohl(in.s_addr) >> 24 == IN_LOOPBACKNET;

        return inet_pton(AF_INET6, server, &in6) == 1 && IN6_IS_ADDR_LOOPBACK(&in6);
}

/* The address of a line that names a server; false if it does not. */
static bool is_server(const char *line, char **ret) {
        const char *rest = startswith(line, "nameserver");

        if (!rest || (*rest != ' ' && *rest != '\t'))
                return false;
        rest += strspn(rest, " \t");
        *ret = strndup(rest, strcspn(rest, " \t\r"));
        return true;
}

int resolv_conf_without_loopback(const char *text, char **ret) {
        _cleanup_free_ char *copy = strdup(text), *joined = NULL;
        _cleanup_strv_ char **lines = NULL;
        char *rest = copy, *line;
        bool any = false;

        if (!copy)
                return -ENOMEM;
        while ((line = strsep(&rest, "\n"))) {
                _cleanup_free_ char *server = NULL;

                bool names = is_server(line, &server);
                if (names && !server)
                        return -ENOMEM;
                if (line[0] == '\0' || line[0] == '#' || (names && is_loopback(server)))
                        continue;
                any = any || names;
                int r = strv_add(&lines, line);
                if (r < 0)
                        return r;
        }
        if (!any)
                return 0;

        int r = strv_join(lines, "\n", &joined);
        return r < 0 ? r : str_printf(ret, "%s\n", joined);
}
