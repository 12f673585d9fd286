/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fetch/client.h"
#include "store/store.h"

/* Fetches an image from a registry or layout: metadata, admission, config, layers, name. Logs; on failure
 * nothing is left. */
int oci_pull(Store *s, const Origin *o, Digest *ret);
