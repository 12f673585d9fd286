/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the transient socket unit of a pod.
 * Never: listens itself.
 * Follows: org.freedesktop.systemd1(5), "Socket Unit Objects"; systemd.socket(5). */

#include "basic/str.h"
#include "basic/strv.h"
#include "unit/socket.h"

int unit_socket_name(const char *service, char **ret) {
        const char *suffix = endswith(service, ".service");
        return suffix ? str_printf(ret, "%.*s.socket", (int) (suffix - service), service) : -EINVAL;
}

/* "ListenStream=8080" as ("Stream", "8080"). */
static int append_address(sd_bus_message *m, const char *line) {
        const char *type = startswith(line, "Listen"), *equals = type ? strchr(type, '=') : NULL;
        if (!equals)
                return -EINVAL;
        _cleanup_free_ char *name = strndup(type, equals - type);
        if (!name)
                return -ENOMEM;

        return sd_bus_message_append(m, "(ss)", name, equals + 1);
}

static int append_addresses(sd_bus_message *m, char *const *lines) {
        int r = sd_bus_message_open_container(m, 'r', "sv");
        if (r >= 0)
                r = sd_bus_message_append(m, "s", "Listen");
        if (r >= 0)
                r = sd_bus_message_open_container(m, 'v', "a(ss)");
        if (r >= 0)
                r = sd_bus_message_open_container(m, 'a', "(ss)");
        STRV_FOREACH(line, lines)
                if (r >= 0)
                        r = append_address(m, *line);
        for (int i = 0; i < 3 && r >= 0; i++)
                r = sd_bus_message_close_container(m);

        return r;
}

int unit_socket_append(sd_bus_message *m, const UnitSpec *spec) {
        _cleanup_free_ char *description = NULL;

        int r = str_printf(&description, "Socket of %s", spec->description);
        if (r >= 0)
                r = sd_bus_message_append(m, "(sv)(sv)", "Description", "s", description, "CollectMode", "s",
                                          "inactive-or-failed");

        return r < 0 ? r : append_addresses(m, spec->sockets);
}
