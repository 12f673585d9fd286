/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "registry-client/source.h"

/* Looks for cosign signatures of `digest` in the tag form and writes each, numbered on from *n, as
 * signatures/N.payload, N.signature (the annotation's base64, unread) and N.source (where it was found,
 * for messages). No signatures is success. */
int signatures_fetch(Source *s, const char *repository, const Digest *digest, int dir_fd, unsigned *n,
                     char **reterr_why);
