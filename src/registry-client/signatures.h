/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "registry-client/signature-search.h"

/* Looks for signatures of these manifests wherever they may be, and writes all that are found. None is success. */
int signatures_find(SignatureSearch *s, const Digest *digests, size_t n_digests, char **reterr_why);
