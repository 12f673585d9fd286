/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "metadata/answer.h"

/* Serves the listening socket until nobody has been there for some seconds. 0 or -errno. */
int server_run(int listening, const MetadataPod *pod);
