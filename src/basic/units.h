/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* How large and how long, for people. */
typedef struct ShortText {
        char text[24];
} ShortText;

ShortText format_bytes(uint64_t bytes);     /* "14.2 MB" */
ShortText format_seconds(uint64_t seconds); /* "119 s", "2 min" */
