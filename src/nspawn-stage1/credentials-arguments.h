/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "nspawn-stage1/stage.h"

/* Their names; none is NULL. */
int credentials_names(char ***ret);

/* Has nspawn hand on the credentials that the unit has (LoadCredential= and the like), by name: their contents are on no command
 * line. Logs. */
int credentials_pass(Stage *s);
