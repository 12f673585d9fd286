/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>

/* How `gantry attach` and a foreground `gantry run -i` or `-t` talk with the stage of a running pod.
 *
 * The stage listens at ATTACH_SOCKET in the pod's directory, which is root's alone; a stage whose standard input is
 * such a socket has its first client there. It is SOCK_SEQPACKET. A message is one byte, which says what it is, and what belongs to it. */
#define ATTACH_SOCKET "attach"
#define ATTACH_DATA_MAX (16 * 1024) /* bytes behind the first one */

typedef enum AttachMessage {
        /* From the client. */
        ATTACH_INPUT = 'i',     /* bytes for the app's standard input */
        ATTACH_INPUT_END = 'e', /* there will be no more, from anybody */
        ATTACH_RESIZE = 'w',    /* AttachSize: what the terminal is to be from now on */

        /* From the stage. */
        ATTACH_HELLO = 'h',  /* AttachHello; its first message */
        ATTACH_OUTPUT = 'o', /* bytes from the app's standard output, or its terminal */
        ATTACH_ERROR = 'r',  /* bytes from its standard error */
        ATTACH_END = 'x', /* AttachEnd: the app has ended, and this was all. Without it, the client was too slow or the
                             stage is no more */
} AttachMessage;

typedef struct AttachHello {
        uint8_t terminal; /* the app has one */
        uint8_t input;    /* its standard input is open */
} AttachHello;

typedef struct AttachEnd {
        int32_t status; /* of the pod */
} AttachEnd;

typedef struct AttachSize {
        uint16_t rows, columns;
} AttachSize;
