/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/cli.h"
#include "pod/settings.h"

/* The options of `gantry prepare` and `gantry run` that are settings of a pod. */
extern const CliOption pod_setting_options[];

/* What they have collected: strv of "KEY=VALUE", for pod_settings_set_all(). */
extern char **pod_setting_words;

/* Adds what a command line says, "REF -- ARG…" and the options before, and checks the whole. *reterr_why says what is wrong
 * with it. */
int pod_settings_complete(PodSettings *s, char *const *arguments, char **reterr_why);
