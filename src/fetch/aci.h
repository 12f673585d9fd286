/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fetch/aci-image.h"
#include "fetch/progress.h"
#include "fetch/quarantine.h"
#include "image/reference.h"

/* What of an App Container image there is to do, wherever it comes from. */
typedef struct Aci {
        Store *store;
        Progress *progress;
        const FetchPlatform *platform;
        const Reference *reference; /* what was asked for */
        const char *text;           /* the same, canonical */
        const Digest *id;           /* what it must be; NULL: that is not said */
        uint64_t unpacked_max;      /* bytes */
} Aci;

/* Files of the quarantine: the archive, and one detached signature of it, found at `source`. */
#define ACI_ARCHIVE "image.aci"
#define ACI_SIGNATURE_MAX 65536U
int aci_add_signature(const Quarantine *q, const Blob *signature, const char *source);

/* From an archive that is in the quarantine to an image of the store: admission; is it what was asked for?;
 * layer. It is not complete before it has all it depends on, and a name. Logs; on failure nothing is left. */
int aci_admit(const Aci *a, Quarantine *q, AciImage *ret);

/* From a file and, if it is there, its FILE.asc. */
int aci_import(const Aci *a, AciImage *ret);
