/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/hmac.h"
#include "store/store.h"

/* Who has the keys of pods is not who reads what apps send: they speak over a SOCK_SEQPACKET socket, and no key goes over it. */

typedef struct KeeperRequest {
        char uuid[37]; /* of the pod that has signed; "": this one is to sign */
        uint8_t signature[HMAC_SIZE];
} KeeperRequest; /* and behind it what is or was signed */

typedef struct KeeperAnswer {
        int32_t error; /* 0, -EKEYREJECTED: that pod has not signed this, or another -errno */
        uint8_t signature[HMAC_SIZE];
} KeeperAnswer;

/* Answers for the pod until the other side is closed. 0 or -errno. */
int keeper_serve(int socket, Store *store, const char *uuid);

/* Asks. -errno if there was no answer. */
int keeper_ask(int socket, const KeeperRequest *q, const void *data, size_t size, KeeperAnswer *ret);
