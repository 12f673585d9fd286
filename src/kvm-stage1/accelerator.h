/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

/* Whether this host runs virtual machines by itself for a user who has *ret_group besides: 1, or 0 if they have to be emulated, and *ret_why
 * (a literal) says what is missing. A guest's instruction is really run for it, as that user, since a device that can be opened has not
 * always a processor behind it. -errno. */
int accelerator_probe(uid_t user, gid_t *ret_group, const char **ret_why);

/* How fast the clock of the host's processor counts, in kHz. 0: who knows. */
unsigned accelerator_tsc_khz(void);
