/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* "SIGTERM", "TERM", "15", "SIGRTMIN+3", in capitals or not: its number, or -EINVAL. */
int signal_parse(const char *text);
