/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What an image for another platform is refused with: -EBADMSG and a text, foreign names escaped. NULL:
 * not said. */
int platform_refuse(const char *os, const char *architecture, const char *our_architecture,
                    char **reterr_why);
