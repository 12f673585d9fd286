/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Whether this host runs virtual machines by itself: 1, or 0 if they have to be emulated, and *ret_why (a literal) says what is missing. A
 * guest's instruction is really run for it, since a device that can be opened has not always a processor behind it. -errno. */
int accelerator_probe(const char **ret_why);

/* How fast the clock of the host's processor counts, in kHz. 0: who knows. */
unsigned accelerator_tsc_khz(void);
