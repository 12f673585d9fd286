/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "network/nftables.h"
#include "network/pod-network.h"

/* What of the table in network/filter-rules.h is about one pod. */
typedef struct FilterElements {
        NftElement *list;
        size_t n;
} FilterElements;

static inline void filter_elements_done(FilterElements *e) {
        free(e->list);
        *e = (FilterElements) {};
}
#define _cleanup_filter_elements_ _cleanup_(filter_elements_done)

/* Appends the bridges of its networks. Others are in them, too. */
int filter_elements_add_bridges(const PodNetwork *n, FilterElements *e);

/* Appends the ports that are published for it by our own rules. Their addresses are those of the result; before there is one, there are none. */
int filter_elements_add_ports(const PodNetwork *n, FilterElements *e);
