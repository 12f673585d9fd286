/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: registry/wire under any message.
 * Never: sends an fd.
 * Follows: registry/wire.h. */

#include <sys/socket.h>

#include "basic/fd.h"
#include "basic/strv.h"
#include "fuzz.h"
#include "registry/wire.h"

/* What was received is sent as the very bytes it came as. */
static void check_round_trip(int from, int to, char *const *words, const uint8_t *data, size_t size) {
        static uint8_t again[WIRE_MAX];

        fuzz_check(strv_length(words) > 0);
        fuzz_check(wire_send(from, words, -EBADF) == 0);
        fuzz_check(recv(to, again, sizeof(again), 0) == (ssize_t) size);
        fuzz_check(memcmp(again, data, size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_strv_ char **words = NULL;
        int sockets[2], fd = -EBADF;

        if (size > WIRE_MAX + 1)
                return 0;

        fuzz_check(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) == 0);
        _cleanup_close_ int a = sockets[0], b = sockets[1];
        fuzz_check(send(a, data, size, 0) == (ssize_t) size);

        int r = wire_receive(b, &words, &fd);
        fuzz_check(fd == -EBADF);
        fuzz_check(r == (size == 0 ? 0 : size > WIRE_MAX || data[size - 1] != '\0' ? -EBADMSG : 1));
        if (r > 0)
                check_round_trip(a, b, words, data, size);
        return 0;
}
