/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "store/store.h"
#include "verify/judge.h"

/* The arrow incoming → images. Judges what is in incoming/NAME as what was asked for and, if it is admitted,
 * publishes it. The reference is taken.
 * Prints "ID new" or "ID known". Logs a refusal and anything else that went wrong. 0, -EACCES (refused)
 * or another -errno. */
int admit(Store *s, const Policy *policy, const char *name, Reference *reference);
