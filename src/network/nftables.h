/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Elements of sets and maps in a table of nftables, family inet, of this network namespace. */

#define NFTABLES_KEY_MAX 24U
#define NFTABLES_DATA_MAX 20U

/* In the order of the bytes on the wire. Each part of a key or of data that has several begins at a multiple of four. */
typedef struct NftElement {
        const char *set;
        unsigned char key[NFTABLES_KEY_MAX], data[NFTABLES_DATA_MAX];
        size_t key_size, data_size; /* without data it is of a set */
} NftElement;

/* Adds all of them or none; what is there already, and is the same, may be. -ENOENT: there is no such table or set. */
int nftables_add(const char *table, const NftElement *elements, size_t n);

/* Removes them; what is not there need not be. */
int nftables_remove(const char *table, const NftElement *elements, size_t n);
