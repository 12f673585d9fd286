/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

typedef struct TrustArguments {
        const char *prefix, *require, *signed_name, *fingerprint;
        bool yes, allow_http;
        char **files; /* what follows the verb */
} TrustArguments;

/* One a verb; they log. 0 or -errno. */
int trust_add(const TrustArguments *a);
int trust_list(const TrustArguments *a);
int trust_rm(const TrustArguments *a);
