/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: which changes of nftables are worth to be woken by. The filter stays with the socket, which is systemd's.
 * Never: reads what a change was: who is woken looks at all there is.
 * Follows: linux/filter.h, linux/netfilter/nf_tables.h; sd_listen_fds(3). */

#include <endian.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/netfilter/nf_tables.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "basic/str.h"
#include "pod-network/wake.h"

/* The kernel puts the messages of one change into few packets. What has more than so many of them is taken for one that removes a table, too;
 * what takes or gives away a port has one. */
#define MESSAGES_MAX 40U

/* The one fd that systemd passes; libsystemd is not loaded for it at every start of a pod. */
#define PASSED_FD 3

/* Bytes of struct nlmsghdr, of which the length and the type are in the machine's order and filters read the network's. */
#if __BYTE_ORDER == __LITTLE_ENDIAN
enum { LENGTH_LOW = 0, LENGTH_HIGH = 1, TYPE_LOW = 4 };
#else
enum { LENGTH_LOW = 3, LENGTH_HIGH = 2, TYPE_LOW = 5 };
#endif

/* X is where a message begins. A filter has no loops, so each message has its own code; to read beyond the last one is to refuse the packet. */
static const struct sock_filter step[] = {
        BPF_STMT(BPF_LD | BPF_B | BPF_IND, TYPE_LOW),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NFT_MSG_DELTABLE, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, -1U),
        BPF_STMT(BPF_LD | BPF_B | BPF_IND, LENGTH_HIGH),
        BPF_STMT(BPF_ALU | BPF_LSH | BPF_K, 8),
        BPF_STMT(BPF_ALU | BPF_ADD | BPF_X, 0),
        BPF_STMT(BPF_ST, 0),
        BPF_STMT(BPF_LD | BPF_B | BPF_IND, LENGTH_LOW),
        BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, 3),
        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, ~3U),
        BPF_STMT(BPF_LDX | BPF_MEM, 0),
        BPF_STMT(BPF_ALU | BPF_ADD | BPF_X, 0),
        BPF_STMT(BPF_MISC | BPF_TAX, 0),
};

static int attach(int fd) {
        struct sock_filter code[1 + MESSAGES_MAX * ELEMENTSOF(step) + 1] = {
                BPF_STMT(BPF_LDX | BPF_IMM, 0),
        };
        const struct sock_fprog program = { ELEMENTSOF(code), code };

        for (size_t i = 0; i < MESSAGES_MAX; i++)
                memcpy(&code[1 + i * ELEMENTSOF(step)], step, sizeof(step));
        code[ELEMENTSOF(code) - 1] = (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, -1U);

        return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0 ? -errno : 0;
}

/* -ENOBUFS: so many that the kernel has thrown some away. */
static int drain(int fd) {
        char c;

        for (;;) {
                if (recv(fd, &c, sizeof(c), MSG_DONTWAIT | MSG_TRUNC) >= 0 || errno == ENOBUFS ||
                    errno == EINTR)
                        continue;
                return errno == EAGAIN ? 0 : -errno;
        }
}

int wake_take(void) {
        if (!streq_ptr(getenv("LISTEN_FDS"), "1"))
                return 0;

        int r = attach(PASSED_FD);
        return r < 0 ? r : drain(PASSED_FD);
}
