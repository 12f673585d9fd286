/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "cni/address.h"
#include "image/json.h"

/* What a plugin answers. */

typedef struct CniResult {
        CniAddress *ips;
        size_t n_ips;
        char **nameservers, **search, **options; /* of resolv.conf(5) */
        char *domain;
        Json *document;
} CniResult;

/* -EBADMSG and *reterr_why if it is no result. Of what it says of addresses and names, nothing is left unread. */
int cni_result_parse(const void *data, size_t size, CniResult **ret, char **reterr_why);
int cni_result_decode(const Json *document, CniResult **ret, char **reterr_why);

CniResult *cni_result_free(CniResult *result);
DEFINE_CLEANUP(CniResult, cni_result_free)

/* What a plugin that has failed says of it, fit for a message: *ret, owned by the caller. -EBADMSG if it has not said it as it should. */
int cni_error_parse(const void *data, size_t size, char **ret);
