/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the words for networks that are not of the Container Network Interface.
 * Never: knows whether there is such a network.
 * Follows: gantry.net(5); systemd-nspawn(1), "--network-zone=". */

#include <errno.h>
#include <net/if.h>

#include "basic/str.h"
#include "image/reference.h"
#include "pod/network-kind.h"

#define ZONE_PREFIX "vz-" /* what nspawn calls the bridge of a zone */

typedef struct Row {
        const char *word; /* one that ends in a colon wants something behind it */
        NetworkKind kind;
        const char *argument;
} Row;

static const Row rows[] = {
        { "none", NETWORK_NONE },
        { "host", NETWORK_HOST },
        { "pod:", NETWORK_POD },
        { "veth", NETWORK_SYSTEMD, "--network-veth" },
        { "zone:", NETWORK_SYSTEMD, "--network-zone=" },
        { "bridge:", NETWORK_SYSTEMD, "--network-bridge=" },
        { "macvlan:", NETWORK_SYSTEMD, "--network-macvlan=" },
        { "ipvlan:", NETWORK_SYSTEMD, "--network-ipvlan=" },
};

static const Row *find_row(const char *network) {
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                const char *rest = startswith(network, rows[i].word);

                if (rest && (endswith(rows[i].word, ":") || *rest == '\0' || *rest == '\n'))
                        return &rows[i];
        }

        return NULL;
}

NetworkKind network_kind(const char *network) {
        const Row *row = find_row(network);
        return row ? row->kind : NETWORK_CNI;
}

/* "KEY=VALUE;…", as it goes into a variable for the plugins. */
static bool is_arguments(const char *s) {
        const char *equals = strchr(s, '=');
        return equals && equals > s && in_charset(s, LOWERCASE UPPERCASE DIGITS "_-.:/=;");
}

/* With or without what belongs behind it. */
static bool is_word(const char *name, size_t n) {
        for (size_t i = 0; i < ELEMENTSOF(rows); i++)
                if (strcspn(rows[i].word, ":") == n && strncmp(rows[i].word, name, n) == 0)
                        return true;

        return false;
}

static bool is_cni(const char *network) {
        const char *colon = strchrnul(network, ':');
        _cleanup_free_ char *name = strndup(network, colon - network);

        return name && is_plain_name(name) && !is_word(name, colon - network) &&
               (!*colon || is_arguments(colon + 1));
}

static bool is_interface(const char *name, size_t room) {
        return is_plain_name(name) && strlen(name) <= room;
}

int network_check(const char *network) {
        const Row *row = find_row(network);
        const char *object = row ? network + strlen(row->word) : NULL;
        bool good = !row                        ? is_cni(network)
                    : row->kind == NETWORK_POD  ? reference_is_valid_machine_name(object)
                    : streq(row->word, "zone:") ? is_interface(object, IFNAMSIZ - sizeof(ZONE_PREFIX))
                    : endswith(row->word, ":")  ? is_interface(object, IFNAMSIZ - 1)
                                                : *object == '\0';

        return good ? 0 : -EINVAL;
}

const char *network_pod(const char *network) {
        return startswith(network, "pod:");
}

bool network_is_host0(const char *network) {
        return streq(network, "veth") || startswith(network, "zone:") || startswith(network, "bridge:");
}

const char *network_interface(const char *network) {
        static const char *const words[] = { "bridge:", "macvlan:", "ipvlan:" };
        const char *interface = NULL;

        for (size_t i = 0; i < ELEMENTSOF(words) && !interface; i++)
                interface = startswith(network, words[i]);

        return interface;
}

int network_argument(const char *network, char **ret) {
        const Row *row = find_row(network);
        return str_printf(ret, "%s%s", row->argument, network + strlen(row->word));
}
