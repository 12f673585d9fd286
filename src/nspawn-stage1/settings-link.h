/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "stage/stage.h"

/* Half of what nspawn takes to start is loading its libraries. So it is started before it can be told everything, and reads the rest from
 * its settings file: a pipe, where it waits until the stage has written that. */

/* Has it find its fd `number` there. Logs. */
int settings_link(const Stage *s, int number);
