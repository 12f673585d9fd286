/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The socket by which systemd hears of changes of nftables, and for which it starts this program. */

/* Has it be readable from now on only when a table has been removed, and takes what has come until now, if this program was started for it. */
int wake_take(void);
