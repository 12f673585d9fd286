/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "stage/stage.h"

/* Asks again: a key may have been taken out of trust since the images came in. The answers are waited for before anything of an image
 * runs; meanwhile the pod is put together. `verify` has room for as many as there are apps; it is 0 behind the last. Logs. */
int verdicts_ask(const Stage *s, pid_t *verify);

/* gantry-verify says itself why not. All are waited for. */
int verdicts_hear(const Stage *s, const pid_t *verify);
