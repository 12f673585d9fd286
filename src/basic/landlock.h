/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Takes the whole file system, and what else Landlock of this kernel knows, away from the calling process, for
 * good; what is open stays open. It must have no_new_privs. 1, 0 if the kernel has no Landlock, or -errno. */
int landlock_forbid_all(void);
