/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/blob.h"
#include "basic/macro.h"
#include "trust-tool/trust-tool.h"

/* Both log. Without `allow_http` of the arguments nothing is asked but by https. */

/* The URLs of the keys that, by App Container discovery, are for images of this name. They are fit for a
 * terminal. */
int keys_discover(const TrustArguments *a, const char *name, char ***ret_urls);

int key_download(const TrustArguments *a, const char *url, Blob *ret);
