/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: which frames a virtual machine may send and gets to see.
 * Never: cares what they are about: only who they are from, and who they say has which address.
 * Follows: tc-bpf(8); RFC 826, 8200, 4861 (neighbour discovery), 6980 (none of it in fragments: receivers see to that). */

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "basic/array.h"
#include "network/frame-filter.h"

/* Where in a frame what is. */
enum {
        DESTINATION = 0,
        SOURCE = ETH_ALEN,
        TYPE = 2 * ETH_ALEN,
        ARP_SENDER_MAC = ETH_HLEN + 8,
        ARP_SENDER = ETH_HLEN + 14,
        IPV4_SOURCE = ETH_HLEN + 12,
        IPV6_NEXT = ETH_HLEN + 6,
        IPV6_SOURCE = ETH_HLEN + 8,
        IPV6_PAYLOAD = ETH_HLEN + 40,
        ND_TARGET = IPV6_PAYLOAD + 8,
        MLD_TYPE = IPV6_PAYLOAD + 8, /* behind an option of 8 bytes */
};

#define MLD_V2_REPORT 143u /* RFC 3810 */

#define PASS UINT32_MAX
#define DROP 0u /* as of a load from behind the end of a frame */

void frame_filter_done(FrameFilter *f) {
        free(f->list);
        *f = (FrameFilter) {};
}

/* One instruction; jumps are over as many as they say. */
static void put(FrameFilter *f, uint16_t code, uint32_t k, uint8_t if_true, uint8_t if_false) {
        if (f->error >= 0)
                f->error = array_reserve(&f->list, &f->allocated, f->n, sizeof(struct sock_filter));
        if (f->error >= 0)
                f->list[f->n++] = (struct sock_filter) BPF_JUMP(code, k, if_true, if_false);
}

static void put_end(FrameFilter *f, uint32_t verdict) {
        put(f, BPF_RET | BPF_K, verdict, 0, 0);
}

/* Loads BPF_B, BPF_H or BPF_W, and compares: as many instructions come for what is equal, behind them it goes on for what is not. */
static void put_compare(FrameFilter *f, uint16_t size, uint32_t offset, uint32_t value, size_t for_equal) {
        put(f, BPF_LD | size | BPF_ABS, offset, 0, 0);
        put(f, BPF_JMP | BPF_JEQ | BPF_K, value, 0, (uint8_t) for_equal);
}

/* What follows is for frames that have this there, up to end_if(). */
static size_t begin_if(FrameFilter *f, uint16_t size, uint32_t offset, uint32_t value) {
        put(f, BPF_LD | size | BPF_ABS, offset, 0, 0);
        put(f, BPF_JMP | BPF_JEQ | BPF_K, value, 1, 0);
        put(f, BPF_JMP | BPF_JA, 0, 0, 0);
        return f->n;
}

static void end_if(FrameFilter *f, size_t begin) {
        if (f->error >= 0)
                f->list[begin - 1].k = (uint32_t) (f->n - begin);
}

/* Frames that have this there have their verdict. */
static void put_verdict(FrameFilter *f, uint16_t size, uint32_t offset, uint32_t value, uint32_t verdict) {
        put_compare(f, size, offset, value, 1);
        put_end(f, verdict);
}

/* Others than those that have this there are dropped. */
static void require(FrameFilter *f, uint16_t size, uint32_t offset, uint32_t value) {
        put(f, BPF_LD | size | BPF_ABS, offset, 0, 0);
        put(f, BPF_JMP | BPF_JEQ | BPF_K, value, 1, 0);
        put_end(f, DROP);
}

static uint32_t word(const void *bytes, size_t i) {
        uint32_t value;

        memcpy(&value, (const uint8_t *) bytes + 4 * i, sizeof(value));
        return ntohl(value);
}

static void require_mac(FrameFilter *f, uint32_t offset, const uint8_t mac[static ETH_ALEN]) {
        require(f, BPF_W, offset, word(mac, 0));
        require(f, BPF_H, offset + 4, (uint32_t) mac[4] << 8 | mac[5]);
}

static size_t count_addresses(const Interface *i, int family) {
        size_t n = 0;

        for (size_t k = 0; k < i->n_addresses; k++)
                n += i->addresses[k].family == family;
        return n;
}

/* Each address is compared by words, and jumps over the others and the end of those that none has been equal to. */
static void require_address(FrameFilter *f, const Interface *i, int family, uint32_t offset) {
        size_t words = family == AF_INET ? 1 : 4, size = 2 * words + 1, left = count_addresses(i, family);

        for (size_t k = 0; k < i->n_addresses; k++) {
                const CniAddress *a = &i->addresses[k];

                if (a->family != family)
                        continue;
                for (size_t w = 0; w < words; w++)
                        put_compare(f, BPF_W, (uint32_t) (offset + 4 * w), word(&a->address, w),
                                    size - 2 * (w + 1));
                put(f, BPF_JMP | BPF_JA, (uint32_t) (--left * size + 1), 0, 0);
        }

        put_end(f, DROP);
}

static void put_arp(FrameFilter *f, const Interface *i) {
        size_t begin = begin_if(f, BPF_H, TYPE, ETH_P_ARP);

        require_mac(f, ARP_SENDER_MAC, i->mac);
        require_address(f, i, AF_INET, ARP_SENDER);
        put_end(f, PASS);
        end_if(f, begin);
}

static void put_ipv4(FrameFilter *f, const Interface *i) {
        size_t begin = begin_if(f, BPF_H, TYPE, ETH_P_IP);

        require_address(f, i, AF_INET, IPV4_SOURCE);
        put_end(f, PASS);
        end_if(f, begin);
}

/* It is no router, and answers for its own addresses. */
static void put_icmpv6(FrameFilter *f, const Interface *i) {
        size_t begin = begin_if(f, BPF_B, IPV6_NEXT, IPPROTO_ICMPV6);

        put_verdict(f, BPF_B, IPV6_PAYLOAD, ND_ROUTER_ADVERT, DROP);
        put_verdict(f, BPF_B, IPV6_PAYLOAD, ND_REDIRECT, DROP);
        size_t answer = begin_if(f, BPF_B, IPV6_PAYLOAD, ND_NEIGHBOR_ADVERT);
        require_address(f, i, AF_INET6, ND_TARGET);
        end_if(f, answer);
        put_end(f, PASS);
        end_if(f, begin);
}

/* To which groups it listens: an option with nothing else in it, and one of these messages. */
static void put_listener(FrameFilter *f) {
        static const uint8_t types[] = { MLD_V2_REPORT, MLD_LISTENER_REPORT, MLD_LISTENER_REDUCTION };
        size_t begin = begin_if(f, BPF_B, IPV6_NEXT, IPPROTO_HOPOPTS);

        require(f, BPF_H, IPV6_PAYLOAD, IPPROTO_ICMPV6 << 8);
        for (size_t i = 0; i < ELEMENTSOF(types); i++)
                put_verdict(f, BPF_B, MLD_TYPE, types[i], PASS);
        put_end(f, DROP);
        end_if(f, begin);
}

/* Other headers than these could have anything behind them. */
static void put_ipv6(FrameFilter *f, const Interface *i) {
        static const uint8_t plain[] = { IPPROTO_TCP, IPPROTO_UDP, IPPROTO_FRAGMENT, IPPROTO_ESP,
                                         IPPROTO_SCTP };
        size_t begin = begin_if(f, BPF_H, TYPE, ETH_P_IPV6);

        require_address(f, i, AF_INET6, IPV6_SOURCE);
        put_icmpv6(f, i);
        put_listener(f);
        for (size_t k = 0; k < ELEMENTSOF(plain); k++)
                put_verdict(f, BPF_B, IPV6_NEXT, plain[k], PASS);
        put_end(f, DROP);
        end_if(f, begin);
}

static int finish(FrameFilter *f, FrameFilter *ret) {
        if (f->error < 0) {
                free(f->list);
                return f->error;
        }

        *ret = *f;
        return 0;
}

int frame_filter_from(const Interface *i, FrameFilter *ret) {
        FrameFilter f = {};

        require_mac(&f, SOURCE, i->mac);
        put_arp(&f, i);
        put_ipv4(&f, i);
        put_ipv6(&f, i);
        put_end(&f, DROP);
        return finish(&f, ret);
}

/* To a group (the lowest bit of the first byte), or to itself. */
int frame_filter_to(const Interface *i, FrameFilter *ret) {
        FrameFilter f = {};

        put(&f, BPF_LD | BPF_B | BPF_ABS, DESTINATION, 0, 0);
        put(&f, BPF_JMP | BPF_JSET | BPF_K, 1, 0, 1);
        put_end(&f, PASS);
        require_mac(&f, DESTINATION, i->mac);
        put_end(&f, PASS);
        return finish(&f, ret);
}
