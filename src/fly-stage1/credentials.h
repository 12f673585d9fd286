/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "stage/stage.h"

/* Shows gantry-init those of the unit, if there are any; before the app's orders are made. Logs. */
int credentials_show(const StageApp *a);

/* Where it finds them, as a variable of its environment; NULL: there are none. */
const char *credentials_variable(void);
