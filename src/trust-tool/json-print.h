/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/json.h"

/* Prints to stdout as --json= asks. 0 or -errno. */
int json_print(const Json *j);
