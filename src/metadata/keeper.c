/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: signing and verifying with the keys of pods.
 * Never: reads what an app has sent, but as bytes to be signed; lets a key out.
 * Follows: App Container spec 0.8.11, ace.md, "App Container Metadata Service". */

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "metadata/http-request.h"
#include "metadata/keeper.h"
#include "pod/metadata.h"
#include "pod/pod-dir.h"

typedef struct Packet {
        KeeperRequest request;
        uint8_t data[HTTP_BODY_MAX];
} Packet;

static int sign(Store *store, const char *uuid, const void *data, size_t size,
                uint8_t ret[static HMAC_SIZE]) {
        _cleanup_pod_dir_ PodDir p = { .fd = -EBADF };
        _cleanup_secret_blob_ Blob key = {};

        int r = pod_dir_open_any(store_pods_fd(store), uuid, &p);
        if (r >= 0)
                r = file_read_at(p.fd, HMAC_KEY_FILE, HMAC_KEY_SIZE, &key);
        if (r == -ENOENT || (r >= 0 && key.size != HMAC_KEY_SIZE))
                r = -ENOKEY;

        return r < 0 ? r : hmac_sha512(key.data, key.size, data, size, ret);
}

/* A pod that is not there, or is without a key, has not signed anything. */
static int verify(Store *store, const KeeperRequest *q, const void *data, size_t size) {
        uint8_t expected[HMAC_SIZE];

        int r = sign(store, q->uuid, data, size, expected);
        if (r < 0)
                return r == -ENOKEY ? -EKEYREJECTED : r;

        return secret_equal(expected, q->signature, HMAC_SIZE) ? 0 : -EKEYREJECTED;
}

static KeeperAnswer answer(Store *store, const char *uuid, const Packet *packet, size_t size) {
        const KeeperRequest *q = &packet->request;
        KeeperAnswer a = {};

        if (q->uuid[0] == '\0')
                a.error = sign(store, uuid, packet->data, size, a.signature);
        else if (q->uuid[sizeof(q->uuid) - 1] != '\0' || !pod_uuid_is_valid(q->uuid))
                a.error = -EKEYREJECTED;
        else
                a.error = verify(store, q, packet->data, size);

        return a;
}

int keeper_serve(int socket, Store *store, const char *uuid) {
        static Packet packet;

        for (;;) {
                ssize_t n = recv(socket, &packet, sizeof(packet), 0);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return n < 0 ? -errno : 0;
                if ((size_t) n < sizeof(packet.request))
                        return -EPROTO;

                KeeperAnswer a = answer(store, uuid, &packet, n - sizeof(packet.request));
                if (send(socket, &a, sizeof(a), MSG_NOSIGNAL) < 0)
                        return -errno;
        }
}

int keeper_ask(int socket, const KeeperRequest *q, const void *data, size_t size, KeeperAnswer *ret) {
        struct iovec parts[] = {
                { .iov_base = (void *) q, .iov_len = sizeof(*q) },
                { .iov_base = (void *) data, .iov_len = size },
        };

        if (sendmsg(socket, &(struct msghdr) { .msg_iov = parts, .msg_iovlen = 2 }, MSG_NOSIGNAL) < 0)
                return -errno;

        ssize_t n = recv(socket, ret, sizeof(*ret), 0);
        return n < 0 ? -errno : n != sizeof(*ret) ? -EPROTO : 0;
}
