/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* images/ID/signatures/: what an image was judged by, NAME.source and its companions NAME.… for each signature.
 * It grows when the image is fetched again, perhaps under another name. */

/* Adds one file of a signature; one that is there already becomes as young as a new one. */
int image_signature_add(int image_fd, const char *file, const void *data, size_t size);

/* Removes the oldest signatures beyond `keep`: whoever can write to a repository could else add some each day,
 * until there are more than anybody looks at. */
int image_signatures_trim(int image_fd, size_t keep);
