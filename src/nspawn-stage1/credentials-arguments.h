/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "stage/stage.h"

/* Has nspawn hand on the credentials that the unit has (LoadCredential= and the like), by name: their contents are on no command
 * line. Logs. */
int credentials_pass(Stage *s);
