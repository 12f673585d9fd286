/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

#include "basic/macro.h"

/* What the stage and the agent in the pod's virtual machine say to each other. A frame is a header, in which all numbers are little
 * endian, and what belongs to its type:
 *
 *     u8 type   u8 0   u16 app   u32 id   u32 length
 *
 * `app` is the app's place in the pod's manifest, `id` a stream or a request; both are 0 where they mean nothing. The guest's ids are
 * odd, the host's even. */
#define LINK_VERSION 1
#define LINK_HEADER 12
#define LINK_PAYLOAD_MAX (16 * 1024)
#define LINK_FRAME_MAX (LINK_HEADER + LINK_PAYLOAD_MAX)

#define LINK_NAME_MAX 64
#define LINK_NOTIFY_MAX 4096
#define LINK_LOG_MAX (8 * 1024)
#define LINK_FIELDS_MAX 8 /* of one entry */
#define LINK_VALUE_MAX 512
#define LINK_FAILED_MAX 1024
#define LINK_RESULT_MAX 512
#define LINK_TEXTS_MAX (LINK_NAME_MAX + 1 + LINK_LOG_MAX + 1)

typedef enum LinkType {
        LINK_HELLO = 1, /* guest: version */
        LINK_GO, /* host: the verdict has admitted. id: a stream of what the guest still has to be told, or 0 */
        LINK_FAILED, /* guest: text. It could not make the pod, and resets */
        LINK_START, /* guest: app, id (the first of three streams, of two each later; one of a terminal), terminal */
        LINK_STATUS,  /* guest: app, event (InitStatus, or LINK_OUT_OF_MEMORY), value */
        LINK_READY,   /* guest: its systemd has booted */
        LINK_NOTIFY,  /* guest: app, text */
        LINK_LOG,     /* guest: app, priority, name (identifier), text */
        LINK_DATA,    /* both: id, and bytes. Of streams, as the next two: link.h keeps them to itself */
        LINK_END,     /* both: id */
        LINK_CREDIT,  /* both: id, how many more bytes may be sent */
        LINK_EXEC,    /* host: app, id, terminal, rows, columns, orders (a stream), streams (the first) */
        LINK_EXITED,  /* guest: id, value (exit status) */
        LINK_SIGNAL,  /* host: id or else app, value (number) */
        LINK_RESIZE,  /* host: id (the terminal's stream), rows, columns */
        LINK_COMMAND, /* host: app, id, verb (ControlVerb) */
        LINK_RESULT,  /* guest: id, value (0 or -errno), text */
        LINK_STOP,    /* host: the apps are to stop, with their signal and grace */
        LINK_BYE,     /* guest: all has been said; host: and heard */
        LINK_FIELD,   /* guest: name, text. One more field of the entry that its next LOG is */
        LINK_CHANGED, /* host: an app runs. id: a stream of texts that are not any more what they were; one at a time */
        _LINK_TYPES,
} LinkType;

/* An event beside those of InitStatus: the kernel killed something of the app for lack of memory */
#define LINK_OUT_OF_MEMORY 100

typedef enum LinkSide {
        LINK_HOST,
        LINK_GUEST,
} LinkSide;

/* Any frame. What its type does not have is 0 or NULL. */
typedef struct LinkMessage {
        LinkType type;
        uint16_t app;
        uint32_t id;
        uint32_t version;
        int32_t event;
        int32_t value;
        uint32_t terminal; /* 0 or 1 */
        uint32_t rows;
        uint32_t columns;
        uint32_t orders;
        uint32_t streams;
        uint32_t verb;
        uint32_t priority; /* of syslog, 0 to 7 */
        uint32_t credit;
        const char *name;
        const char *text;
        const void *data; /* of a stream */
        size_t size;
} LinkMessage;

/* Returns the size of the frame. -EINVAL: one of its values has no place in it. -EMSGSIZE: one of its texts is too long. */
ssize_t link_message_encode(const LinkMessage *m, LinkSide from, uint8_t ret[static LINK_FRAME_MAX]);

/* Reads the frame that `data` begins with; bytes are borrowed from it, texts are copied to `texts`. Returns the frame's size; 0: it is not
 * there as a whole yet. -EBADMSG and *reterr_why: it is none that `from` may send. */
ssize_t link_message_decode(const void *data, size_t size, LinkSide from, char texts[static LINK_TEXTS_MAX],
                            LinkMessage *ret, char **reterr_why);
