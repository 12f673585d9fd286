/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* What images are fetched for. Owned strings, in OCI's words. */
typedef struct FetchPlatform {
        char *os, *architecture, *variant; /* variant: NULL if there is none */
        bool is_host;                      /* this machine */
} FetchPlatform;

/* This machine. -EOPNOTSUPP if OCI has no word for it. */
int platform_of_host(FetchPlatform *ret);

/* "os/architecture[/variant]". -EINVAL if it is not that. */
int platform_parse(const char *text, FetchPlatform *ret);

void platform_done(FetchPlatform *p);
#define _cleanup_platform_ _cleanup_(platform_done)

/* Is the image for it? 0, or -EBADMSG and a text. Foreign words (NULL: not said) in OCI's spelling. */
int platform_check(const FetchPlatform *p, const char *os, const char *architecture, char **reterr_why);
