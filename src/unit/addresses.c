/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: which addresses machined finds in a machine.
 * Never: goes there itself.
 * Follows: org.freedesktop.machine1(5), "GetMachineAddresses()". */

#include <arpa/inet.h>
#include <errno.h>

#include "basic/strv.h"
#include "unit/bus.h"

static int add_address(sd_bus_message *reply, char ***list) {
        char text[INET6_ADDRSTRLEN];
        const void *bytes;
        size_t size;
        int family;

        int r = sd_bus_message_read(reply, "i", &family);
        if (r >= 0)
                r = sd_bus_message_read_array(reply, 'y', &bytes, &size);
        if (r < 0)
                return r;
        if (size != (family == AF_INET ? sizeof(struct in_addr) : sizeof(struct in6_addr)) ||
            !inet_ntop(family, bytes, text, sizeof(text)))
                return -EBADMSG;

        return strv_add(list, text);
}

static int read_addresses(sd_bus_message *reply, char ***ret) {
        _cleanup_strv_ char **list = NULL;

        int r = sd_bus_message_enter_container(reply, 'a', "(iay)");
        while (r >= 0 && (r = sd_bus_message_enter_container(reply, 'r', "iay")) > 0) {
                r = add_address(reply, &list);
                if (r >= 0)
                        r = sd_bus_message_exit_container(reply);
        }
        if (r < 0)
                return r;

        *ret = TAKE_PTR(list);
        return 0;
}

int machine_addresses(Manager *m, const char *machine, char ***ret, char **reterr_why) {
        _cleanup_bus_error_ sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_message_ sd_bus_message *reply = NULL;

        int r = sd_bus_call_method(m->bus, "org.freedesktop.machine1", "/org/freedesktop/machine1",
                                   "org.freedesktop.machine1.Manager", "GetMachineAddresses", &error, &reply,
                                   "s", machine);
        return r < 0 ? bus_explain(r, &error, reterr_why) : read_addresses(reply, ret);
}
