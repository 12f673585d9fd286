/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <netinet/in.h>

typedef struct CniAddress {
        int family; /* AF_INET or AF_INET6; 0: none */
        union {
                struct in_addr in;
                struct in6_addr in6;
        } address;
        unsigned prefix;
        char text[INET6_ADDRSTRLEN]; /* without the prefix */
} CniAddress;

/* "10.77.0.2/16"; what is behind the slash has to be there. -EINVAL if it is none. */
int cni_address_parse(const char *text, CniAddress *ret);

/* From the bytes of one. */
void cni_address_set(CniAddress *a, int family, const void *bytes, unsigned prefix);

static inline size_t cni_address_size(const CniAddress *a) {
        return a->family == AF_INET ? sizeof(a->address.in) : sizeof(a->address.in6);
}
