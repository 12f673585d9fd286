/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: texts of hosts(5): a pod's own name, and those of the pods that it has a network in common with.
 * Never: has a pod know the name of one that it cannot reach.
 * Follows: hosts(5); docs/ARCHITECTURE.md, "Networks". */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "basic/str.h"
#include "network/hosts.h"

/* All that is behind it is replaced. */
#define MARK "# Pods of the same networks:\n"

int hosts_begin(const char *own, const char *more, char **ret) {
        return str_printf(ret, "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n%s%s%s",
                          own, more ? more : "", more ? "\n" : "");
}

void hosts_networks_done(HostsNetworks *h) {
        for (size_t i = 0; i < h->n; i++) {
                free(h->list[i].name);
                free(h->list[i].text);
        }
        free(h->list);
        *h = (HostsNetworks) {};
}

static HostsNetwork *find(const HostsNetworks *h, const char *name) {
        for (size_t i = 0; i < h->n; i++)
                if (streq(h->list[i].name, name))
                        return &h->list[i];

        return NULL;
}

static int add_network(HostsNetworks *h, const char *name, HostsNetwork **ret) {
        _cleanup_free_ char *copy = NULL;

        int r = str_copy(name, &copy);
        if (r < 0)
                return r;
        HostsNetwork *grown = reallocarray(h->list, h->n + 1, sizeof(HostsNetwork));
        if (!grown)
                return -ENOMEM;

        h->list = grown;
        h->list[h->n] = (HostsNetwork) { .name = TAKE_PTR(copy) };
        *ret = &h->list[h->n++];
        return 0;
}

static int add_line(HostsNetwork *network, const char *address, const char *pod) {
        char *text = NULL;

        int r = str_printf(&text, "%s%s\t%s\n", network->text ? network->text : "", address, pod);
        if (r < 0)
                return r;

        free(network->text);
        network->text = text;
        return 0;
}

static int add_attachment(HostsNetworks *h, const Attachment *a, const char *pod) {
        HostsNetwork *network = find(h, a->network->name);
        int r = network ? 0 : add_network(h, a->network->name, &network);

        for (size_t i = 0; r >= 0 && i < a->result->n_ips; i++)
                r = add_line(network, a->result->ips[i].text, pod);

        return r;
}

int hosts_networks_add(HostsNetworks *h, const PodNetwork *n, const char *pod) {
        int r = 0;

        for (size_t i = 0; r >= 0 && i < n->n_attachments; i++)
                if (n->attachments[i].result)
                        r = add_attachment(h, &n->attachments[i], pod);

        return r;
}

int hosts_replace(const char *text, const HostsNetworks *h, const PodNetwork *n, char **ret) {
        const char *mark = strstr(text, MARK);
        _cleanup_free_ char *all = NULL;

        int r = str_printf(&all, "%.*s%s", (int) (mark ? mark - text : (ptrdiff_t) strlen(text)), text,
                           MARK);
        for (size_t i = 0; r >= 0 && i < n->n_attachments; i++) {
                const HostsNetwork *network = find(h, n->attachments[i].network->name);
                char *longer = NULL;

                if (!network || !network->text)
                        continue;
                r = str_printf(&longer, "%s%s", all, network->text);
                if (r >= 0) {
                        free(all);
                        all = longer;
                }
        }
        if (r < 0)
                return r;

        *ret = TAKE_PTR(all);
        return 0;
}
