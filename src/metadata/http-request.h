/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/cursor.h"

/* As much of HTTP as the metadata service has a use for: requests without or with a body of known length. What this part of HTTP does not
 * have is refused, with the status that RFC 9110 has for it. */

#define HTTP_HEAD_MAX ((size_t) 8 * 1024)  /* the longer: 431 */
#define HTTP_BODY_MAX ((size_t) 64 * 1024) /* the longer: 413 */

typedef enum HttpMethod {
        HTTP_GET,
        HTTP_HEAD,
        HTTP_POST,
} HttpMethod;

/* All that is text is borrowed from the bytes that were parsed. */
typedef struct HttpRequest {
        HttpMethod method;
        Cursor target; /* "/pod/uuid", as it was sent */
        Cursor body;
        bool keep;   /* the client may want to ask more on this connection */
        size_t size; /* of head and body; 0 while the head is not whole */
        unsigned status; /* by which it is refused, and the connection with it: where it ends is not known; 0: it is fine */
} HttpRequest;

/* Reads the first request of what a client has sent so far. True if it is whole or refused, false if more of it has to come: then
 * `size` says how much there will be, once that is known. */
bool http_request_parse(const void *data, size_t size, HttpRequest *ret);
