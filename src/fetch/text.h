/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>

/* Makes one line, fit for a terminal, of a message that comes from a library or child of ours: foreign
 * names in it are escaped already or harmless, but who knows. Keeps quotes, unlike str_escape(). */
static inline void text_to_line(char *text) {
        for (; *text && *text != '\n'; text++)
                if ((uint8_t) *text < ' ' || *text == 0x7f)
                        *text = '?';
        *text = '\0';
}
