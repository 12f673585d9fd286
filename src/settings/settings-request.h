/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/cli.h"
#include "settings/settings.h"

/* "[OPTION…] IMAGE… [-- ARG…]", one part of a command line. */
typedef struct PodGroup {
        char **words;           /* "KEY=VALUE", of its options; owned */
        char *const *images;    /* what stands there, none or more */
        char *const *arguments; /* behind "--"; NULL: there is no such */
} PodGroup;

/* All parts, with "---" in between. There is at least one. */
typedef struct PodRequest {
        PodGroup *groups;
        size_t n;
} PodRequest;

void pod_request_done(PodRequest *q);
#define _cleanup_pod_request_ _cleanup_(pod_request_done)

/* cli_parse() for programs that share pod_setting_options; returns the same. What is not a setting may be in any part. */
int pod_request_parse(const CliProgram *program, int argc, char **argv, PodRequest *ret);

/* Makes settings of it: each image is an app. If there are apps already, those of a pod file, options of an app are for each of
 * them. -EINVAL and *reterr_why: it cannot be meant so. */
int pod_request_apply(const PodRequest *q, PodSettings *s, char **reterr_why);

/* Whether the settings are good for something on this machine; and what follows from them. -EINVAL, … and *reterr_why if not. */
int pod_settings_complete(PodSettings *s, char **reterr_why);
