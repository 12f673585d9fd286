/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "metadata/document.h"
#include "metadata/http-request.h"
#include "metadata/keeper.h"

/* What a request is answered with. */

typedef struct MetadataPod {
        const char *token; /* the first part of every path */
        Documents documents;
        int keeper; /* the socket of who has the keys */
} MetadataPod;

typedef struct Answer {
        unsigned status;
        const char *type; /* NULL: there is no body */
        const void *body; /* borrowed from the pod, or `text` */
        size_t size;
        char text[HMAC_SIZE * 2];
} Answer;

void answer_make(const MetadataPod *pod, const HttpRequest *q, Answer *ret);
