/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

#define HMAC_SIZE 64

/* HMAC-SHA512. 0 or -errno. */
int hmac_sha512(const void *key, size_t key_size, const void *data, size_t size,
                uint8_t ret[static HMAC_SIZE]);
