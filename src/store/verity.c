/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the kernel's part of fs-verity.
 * Never: reads a file.
 * Follows: Documentation/filesystems/fsverity.rst. */

#include <linux/fsverity.h>
#include <string.h>
#include <sys/ioctl.h>

#include "store/verity.h"

#define BLOCK 4096u
#define HASH 32u

int verity_measure(int fd, Digest *ret) {
        struct {
                struct fsverity_digest head;
                uint8_t bytes[64];
        } measured = { .head.digest_size = sizeof(measured.bytes) };

        if (ioctl(fd, FS_IOC_MEASURE_VERITY, &measured) < 0)
                return errno == ENOTTY || errno == EOPNOTSUPP ? -ENODATA : -errno;
        if (measured.head.digest_algorithm != FS_VERITY_HASH_ALG_SHA256 || measured.head.digest_size != HASH)
                return -ENODATA;

        *ret = (Digest) { .algorithm = DIGEST_SHA256 };
        memcpy(ret->bytes, measured.bytes, HASH);
        return 0;
}

int verity_enable(int fd) {
        struct fsverity_enable_arg arg = {
                .version = 1,
                .hash_algorithm = FS_VERITY_HASH_ALG_SHA256,
                .block_size = BLOCK,
        };

        if (ioctl(fd, FS_IOC_ENABLE_VERITY, &arg) >= 0 || errno == EEXIST)
                return 0;

        return errno == ENOTTY ? -EOPNOTSUPP : -errno;
}
