/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "registry-client/signature-search.h"

/* OpenPGP messages over the manifest of this digest, as N.simple. */

/* Those that the registry keeps, if it has said that it does so: after something else has been asked. */
int simple_signatures_find(SignatureSearch *s, const Digest *digest, char **reterr_why);

/* Those of the lookaside that the administrator has named. */
int simple_signatures_find_lookaside(SignatureSearch *s, const Digest *digest, char **reterr_why);
