/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "stage/stage.h"

/* Reads pod.json of the pod in `s->pod`, and opens its apps, or only the one that is named. Logs. */
int stage_load(Stage *s, const char *name);
