/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* Adds to the names of pod files those of instances of templates among them: the ones that `systemctl enable` has made
 * links for, and those that DefaultInstance= names. */
int instances_add(char ***names);
