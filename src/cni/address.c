/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: IP addresses with a prefix.
 * Never: has two spellings of one.
 * Follows: inet_pton(3). */

#include <arpa/inet.h>
#include <errno.h>

#include "basic/str.h"
#include "cni/address.h"

void cni_address_set(CniAddress *a, int family, const void *bytes, unsigned prefix) {
        *a = (CniAddress) { .family = family, .prefix = prefix };
        memcpy(&a->address, bytes, cni_address_size(a));
        (void) inet_ntop(family, bytes, a->text, sizeof(a->text));
}

int cni_address_parse(const char *text, CniAddress *ret) {
        const char *slash = strchr(text, '/');
        char address[INET6_ADDRSTRLEN] = "";
        struct in6_addr bytes;
        uint64_t prefix;

        if (!slash || (size_t) (slash - text) >= sizeof(address) || str_to_u64(slash + 1, &prefix) < 0)
                return -EINVAL;
        memcpy(address, text, slash - text);
        int family = strchr(address, ':') ? AF_INET6 : AF_INET;
        if (inet_pton(family, address, &bytes) != 1 || prefix > (family == AF_INET ? 32 : 128))
                return -EINVAL;

        cni_address_set(ret, family, &bytes, prefix);
        return 0;
}
