/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "nspawn-stage1/stage.h"
#include "store/store.h"

/* Reads pod.json of the pod in `s->pod`, and opens its app. Logs. */
int assemble_load(Stage *s);

/* Mounts the app's root and what is mounted in it, in the mount namespace of this process. Logs. */
int assemble_root(Stage *s, Store *store);
