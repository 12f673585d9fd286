/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fetch/aci.h"
#include "registry/limits.h"

typedef struct AciDownload {
        Aci aci;
        const FetchLimits *limits;
        int agent;       /* registry/credential-agent.h */
        bool plain_http; /* --allow-http */
} AciDownload;

/* Downloads an App Container image and its signature, from its URL or from where discovery says, and has it
 * admitted. Logs. */
int aci_download(const AciDownload *d, AciImage *ret);
