/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/blob.h"
#include "basic/macro.h"

/* Both log. Without `allow_http` nothing is asked but by https. */

/* The URLs of the keys that, by App Container discovery, are for images of this name. They are fit for a
 * terminal. */
int keys_discover(const char *name, bool allow_http, char ***ret_urls);

int key_download(const char *url, bool allow_http, Blob *ret);
