/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the networks of a pod in the words of its guest.
 * Never: says what plugins have said: it says what they have done.
 * Follows: pod/guest-config.h. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "kvm-stage1/guest-network.h"
#include "kvm-stage1/guest-records.h"
#include "pod/guest-config.h"
#include "stage/etc-texts.h"

static void put_address(FILE *f, const char *key, const CniAddress *a) {
        if (a->family > 0)
                fprintf(f, "%s=%s/%u%c", key, a->text, a->prefix, 0);
}

static void put_route(FILE *f, const NetlinkRoute *r) {
        put_address(f, GUEST_ROUTE, &r->destination);
        put_address(f, GUEST_ROUTE_GATEWAY, &r->gateway);
        put_address(f, GUEST_ROUTE_SOURCE, &r->source);
        fprintf(f, GUEST_ROUTE_METRIC "=%u%c", r->metric, 0);
        if (r->on_link)
                fprintf(f, GUEST_ROUTE_ON_LINK "=1%c", 0);
}

static void put_interface(FILE *f, const Interface *i) {
        char mac[2 * ETH_ALEN + 1];

        hex_encode(i->mac, ETH_ALEN, mac);
        fprintf(f, GUEST_INTERFACE "=%s%c", i->name, 0);
        fprintf(f, GUEST_INTERFACE_MAC "=%s%c", mac, 0);
        fprintf(f, GUEST_INTERFACE_MTU "=%u%c", i->mtu, 0);
        for (size_t k = 0; k < i->n_addresses; k++)
                put_address(f, GUEST_ADDRESS, &i->addresses[k]);
        for (size_t k = 0; k < i->n_routes; k++)
                put_route(f, &i->routes[k]);
}

static void put_text(FILE *f, unsigned number, const char *text) {
        fprintf(f, GUEST_TEXT "=%u%c", number, 0);
        fprintf(f, GUEST_TEXT_CONTENT "=%s%c", text, 0);
}

/* All of them, for which depend on the networks is not known here. */
static int put_texts(FILE *f, const Stage *s) {
        _cleanup_guest_texts_ GuestTexts t = {};

        int r = guest_texts_make(s, &t);
        for (unsigned i = 0; r >= 0 && i < _TEXTS; i++)
                if (t.list[i])
                        put_text(f, i, t.list[i]);

        return r;
}

static FILE *open_orders(int *ret_fd) {
        _cleanup_close_ int fd = memfd_create("networks", MFD_CLOEXEC);
        int copy = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0);
        FILE *f = copy < 0 ? NULL : fdopen(copy, "w");

        if (f)
                *ret_fd = TAKE_FD(fd);
        else
                fd_close(copy);
        return f;
}

static int close_orders(FILE *f, int fd) {
        _cleanup_close_ int owned = fd;

        return fclose(f) == EOF || lseek(fd, 0, SEEK_SET) < 0 ? -errno : TAKE_FD(owned);
}

int guest_network_orders(const Stage *s, const Taps *t) {
        int fd;

        FILE *f = open_orders(&fd);
        if (!f)
                return -errno;
        for (size_t i = 0; i < t->n; i++)
                put_interface(f, &t->interfaces[i]);
        int r = put_texts(f, s), orders = close_orders(f, fd);
        if (r < 0)
                fd_close(orders);

        return r < 0 ? r : orders;
}

int guest_network_change(const Stage *s) {
        _cleanup_free_ char *text = NULL;
        int fd;

        int r = text_of_hosts(s, &text);
        if (r < 0)
                return r;
        FILE *f = open_orders(&fd);
        if (!f)
                return -errno;
        put_text(f, TEXT_HOSTS, text);

        return close_orders(f, fd);
}
