/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pod/control.h"

/* Has an app of the one running pod in `names` started, stopped or restarted, and waits until it is. Logs. */
int control_app(char *const *names, const char *app, ControlVerb verb);
