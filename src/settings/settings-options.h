/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/cli.h"
#include "settings/settings.h"

/* The options of `gantry prepare` and `gantry run` that are settings of a pod. */
extern const CliOption pod_setting_options[];

/* What they have collected: strv of "KEY=VALUE". pod_request_parse() takes it. */
extern char **pod_setting_words;
