/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fetch/aci-download.h"

/* Fetches an App Container image with all it depends on, from the store or from where discovery says, each judged
 * by itself, and gives them their names. Logs; what did not become complete is removed again. */
int aci_fetch(const AciDownload *d, Digest *ret);
