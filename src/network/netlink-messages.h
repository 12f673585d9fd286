/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <linux/filter.h>
#include <linux/netlink.h>
#include <stddef.h>
#include <stdint.h>

#include "cni/address.h"

/* Messages of netlink while they are put together, one behind the other. */
#define MESSAGES_PROGRAM_MAX 2048u /* the most of any attribute there is */
/* Flags of what makes something that is not there */
#define MESSAGES_NEW (NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL)

typedef struct Messages {
        size_t size;
        size_t begin;       /* of the last message */
        uint32_t sequence;  /* of the last message */
        uint32_t confirmed; /* of the last one with NLM_F_ACK */
        _Alignas(NLMSG_ALIGNTO) char data[1024 + MESSAGES_PROGRAM_MAX * sizeof(struct sock_filter)];
} Messages;

/* One more, which has this body before its attributes. NLM_F_REQUEST is implied. */
void messages_begin(Messages *m, unsigned type, unsigned flags, const void *body, size_t size);

/* One more attribute of the last message. Returns it, so that others can be put into it: messages_end_nest(). */
struct nlattr *messages_add(Messages *m, unsigned type, const void *data, size_t size);
void messages_end_nest(const Messages *m, struct nlattr *a);

void messages_add_u32(Messages *m, unsigned type, uint32_t value);
void messages_add_text(Messages *m, unsigned type, const char *text);
void messages_add_address(Messages *m, unsigned type,
                          const CniAddress *address); /* nothing, if it is none */

/* Sends all of them, and waits for the first error, or until the last one with NLM_F_ACK is done: 0, or what the kernel has answered. */
int messages_ask(const Messages *m, int protocol);
