/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: one public key of each type, for targets that verify.
 * Never: has anybody who could sign with them: openssl made them, and the private parts were thrown away.
 * Follows: trust/pem.h. */
#pragma once

#include "basic/macro.h"
#include "fuzz.h"
#include "trust/pem.h"

static const char *const fuzz_key_texts[] = {
        "-----BEGIN PUBLIC KEY-----\n"
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEkR3aJxgrIHYR6LObebK6BMO453Cu\n"
        "8ZsOOB9dLP59ijjLZzHN0LCMJ3TypZ0W+EsB/Ks1RtaSIDs6MqhbRkIQMw==\n"
        "-----END PUBLIC KEY-----\n",
        "-----BEGIN PUBLIC KEY-----\n"
        "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAE3SyEiGoSYl44hYdaBq87HNSiWUllJf/P\n"
        "RXeywMHUm1yRDiQaViD3MqqsegNIgPu9KAuUV9KCAQLPK34M0yH7poJwxVGVYk0I\n"
        "nj559z5a4ti3yjnmtIl8X6crCyB6mnnU\n"
        "-----END PUBLIC KEY-----\n",
        "-----BEGIN PUBLIC KEY-----\n"
        "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAwUJXaDRxqUC0Qk3hZ3cR\n"
        "kxsDy+l5jmVtkOOrQd/ELgcElvflHYujbIXii50sj77uu+HRMJtVL9Oo243xr3Zm\n"
        "+RLLeHAuu/q1gtPD/6knXVXc3H4hTLqudnxWTSeeDQ7ae71Vr1InNfCr4wJ3NvmL\n"
        "KOTCDYS9avK+6Pow5Walan65pVmbftLJ9yshctaZzHUtbTtwkZEHNDBFBqKtf2cf\n"
        "Ll2TGv4/FhPb69Z8Z5fJVvpN7qQJ9/YD9fJNdRHBToVXyTvX8IXwUuckAyZTwG0n\n"
        "tiM29TKPC/ATVSom1miz9pE9fZ/8yhG6wsAZxlST7CoX/8TbkCJsgLBNCw39q6jp\n"
        "owIDAQAB\n"
        "-----END PUBLIC KEY-----\n",
        "-----BEGIN PUBLIC KEY-----\n"
        "MCowBQYDK2VwAyEA1PgyN5H+V3VfNollZFyBzYLZobFvLdr2hjmRiUJXCr8=\n"
        "-----END PUBLIC KEY-----\n",
};
static PemKey fuzz_keys[ELEMENTSOF(fuzz_key_texts)];

/* One of them, by the size of the input: all of them would cost most of the time. */
static inline const PemKey *fuzz_key(size_t size) {
        const PemKey *key = &fuzz_keys[size % ELEMENTSOF(fuzz_keys)];

        for (size_t i = 0; i < ELEMENTSOF(fuzz_keys) && !fuzz_keys[i].key; i++)
                fuzz_check(pem_key_parse(fuzz_key_texts[i], strlen(fuzz_key_texts[i]), &fuzz_keys[i],
                                         NULL) == 0);
        return key;
}
