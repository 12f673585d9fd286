/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "registry-client/source.h"

/* An OCI layout, read over `socket` (borrowed), see layout-files.h. */
int layout_new(int socket, Source **ret);
