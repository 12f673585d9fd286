/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <linux/filter.h>
#include <stddef.h>

/* What comes in by an interface goes out by the other one instead, if the program (cls_bpf) returns -1. The rest is dropped, also what is too
 * short for the program: nothing is seen of it in this network namespace. -E2BIG: the program is too long. */
int netlink_redirect(const char *from, const char *to, const struct sock_filter *program, size_t n);
