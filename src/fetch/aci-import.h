/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/digest.h"
#include "store/store.h"

/* Takes an App Container image (an absolute path) and, if it is there, its FILE.asc into the store: copy,
 * admission, layer, name. Logs; on failure nothing is left. */
int aci_import(Store *s, const char *path, Digest *ret);
