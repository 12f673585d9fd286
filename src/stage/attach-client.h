/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"
#include "pod/attach.h"

/* One client of a pod's stage. */
typedef struct AttachClient {
        int fd;
        bool patient;                  /* it is waited for */
        size_t input_size, input_done; /* of what it sent for the app, which has not taken it yet */
        size_t output_size; /* of the message that it has not taken yet: only if it is waited for */
        char input[ATTACH_DATA_MAX];
        char output[1 + ATTACH_DATA_MAX];
} AttachClient;

/* Takes over the fd. */
int attach_client_new(int fd, bool patient, AttachClient **ret);
AttachClient *attach_client_free(AttachClient *c);
DEFINE_CLEANUP(AttachClient, attach_client_free)

/* Sends a message without waiting. Returns false if the client is to be dropped. */
bool attach_client_send(AttachClient *c, AttachMessage type, const void *data, size_t n);

/* Sends what was kept. Returns false if the client is to be dropped. */
bool attach_client_flush(AttachClient *c);

/* Receives a message into `input`, which is empty: its first byte and the size of what is behind it; that stays in `input`, `input_size`
 * being 0. 0: the client has gone, or sent something that is no message. */
char attach_client_receive(AttachClient *c, size_t *ret_size);
