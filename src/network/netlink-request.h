/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <linux/filter.h>
#include <linux/rtnetlink.h>

#include "cni/address.h"

/* A request of rtnetlink while it is put together. */
#define REQUEST_PROGRAM_MAX 2048u /* the most of any attribute there is */

typedef struct Request {
        struct nlmsghdr header;
        union {
                struct ifinfomsg link;
                struct ifaddrmsg address;
                struct rtmsg route;
                struct tcmsg traffic;
        } body;
        char attributes[256 +
                        REQUEST_PROGRAM_MAX * sizeof(struct sock_filter)]; /* enough for all there are */
} Request;

/* Something new, whose body has this size. */
void request_begin(Request *q, unsigned short type, size_t body);

/* Returns the attribute, so that others can be put into it: request_end_nest(). */
struct rtattr *request_add(Request *q, unsigned short type, const void *data, size_t size);
void request_end_nest(const Request *q, struct rtattr *a);

void request_add_u32(Request *q, unsigned short type, uint32_t value);
void request_add_text(Request *q, unsigned short type, const char *text);
void request_add_address(Request *q, unsigned short type,
                         const CniAddress *address); /* nothing, if it is none */

/* 0, or what the kernel has answered. */
int request_ask(const Request *q);
