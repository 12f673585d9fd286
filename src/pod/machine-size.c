/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: how large a virtual machine is, and its unit.
 * Never: looks at the host.
 * Follows: docs/STAGE1.md, "How large it is"; systemd.resource-control(5). */

#include <inttypes.h>

#include "basic/amount.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "pod/machine-size.h"

#define MIB (UINT64_C(1) << 20)

/* A kernel of Debian has taken 60 MiB when it has booted; the agent comes to that, and in pods of several apps a systemd. */
#define GUEST_FIXED (96 * MIB)
#define GUEST_SHARE                                                                                         \
        32 /* of what is the pod's: 64 bytes describe each page of 4096, and as much again for page tables */

/* qemu, virtiofsd, the stage. */
#define HOST_FIXED (128 * MIB)

/* For a pod without a limit. What a guest does not use it does not have; but what it needs to describe it, it has from the beginning. */
#define MEMORY_DEFAULT (512 * MIB)
#define CPUS_DEFAULT 1
#define CPUS_MAX 64U

static const char *find(char *const *properties, const char *name) {
        const char *found = NULL;
        size_t n = strlen(name);

        STRV_FOREACH(p, properties)
                if (strncmp(*p, name, n) == 0 && (*p)[n] == '=')
                        found = *p + n + 1;

        return found;
}

static bool get_bytes(const char *value, uint64_t total, uint64_t *ret) {
        Amount a;

        if (!value || amount_parse(value, &a) < 0 || (a.bytes == AMOUNT_INFINITY && a.percent == 0))
                return false;

        *ret = amount_bytes(&a, total);
        return true;
}

static uint64_t with_guest(uint64_t memory) {
        return (memory + memory / GUEST_SHARE + GUEST_FIXED + MIB - 1) / MIB * MIB;
}

uint64_t machine_memory(char *const *properties, uint64_t host) {
        uint64_t memory = MIN(MEMORY_DEFAULT, host / 2);

        (void) get_bytes(find(properties, "MemoryMax"), host, &memory);
        return with_guest(MIN(memory, host));
}

unsigned machine_cpus(char *const *properties, unsigned host) {
        const char *quota = find(properties, "CPUQuota");
        double wanted = quota && endswith(quota, "%") ? strtod(quota, NULL) / 100 : CPUS_DEFAULT;
        unsigned n = MIN(host, CPUS_MAX);

        if (wanted < n) {
                n = (unsigned) wanted;
                n += n < wanted;
        }

        return MAX(n, 1U);
}

/* A share of the host's memory is kept by the size of the machine. */
static int enlarge(const char *limit, char **ret) {
        uint64_t bytes;

        if (!get_bytes(limit, /* total= */ 0, &bytes) || bytes == 0) {
                *ret = NULL;
                return 0;
        }

        return str_printf(ret, "MemoryMax=%" PRIu64, with_guest(bytes) + HOST_FIXED);
}

/* *ret is NULL if it is the guest's alone. */
static int adapt(const char *property, char **ret) {
        static const char *const guests[] = { "MemoryHigh=", "TasksMax=" };
        const char *limit = startswith(property, "MemoryMax=");

        if (limit)
                return enlarge(limit, ret);
        for (size_t i = 0; i < ELEMENTSOF(guests); i++)
                if (startswith(property, guests[i])) {
                        *ret = NULL;
                        return 0;
                }

        return str_copy(property, ret);
}

int machine_unit_properties(char ***properties) {
        _cleanup_strv_ char **adapted = NULL;

        int r = strv_add_all(&adapted, (char *const[]) { (char *) "DeviceAllow=/dev/kvm rw",
                                                         (char *) "DeviceAllow=/dev/net/tun rw", NULL });
        if (r < 0)
                return r;
        STRV_FOREACH(p, *properties) {
                _cleanup_free_ char *property = NULL;

                r = adapt(*p, &property);
                if (r >= 0 && property)
                        r = strv_add(&adapted, property);
                if (r < 0)
                        return r;
        }

        strv_free(*properties);
        *properties = TAKE_PTR(adapted);
        return 0;
}
