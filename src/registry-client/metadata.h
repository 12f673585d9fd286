/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "registry-client/source.h"
#include "image/reference.h"

/* Gets what the policy decides on and writes it below `dir_fd`: "index" (if the reference leads to one),
 * "manifest", and in signatures/ what signatures_fetch() finds for both. A digest in the reference and
 * the index's own digests are checked over the bytes written. */
int metadata_fetch(Source *s, const Reference *ref, int dir_fd, char **reterr_why);
