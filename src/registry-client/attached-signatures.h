/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "registry-client/signature-search.h"

/* What cosign has put beside the manifest of this digest: by a tag, as N.payload and N.signature; as manifests that
 * refer to it, as N.bundle or the same two. */
int attached_signatures_find(SignatureSearch *s, const Digest *digest, char **reterr_why);
