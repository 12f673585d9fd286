/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "stage/stage.h"
#include "store/store.h"

/* Makes the places where it will all be, so that their paths are known. Logs. */
int assemble_places(Stage *s);

/* Mounts the roots of the apps, and what is mounted in them, in the mount namespace of this process. Logs. */
int assemble_roots(Stage *s, Store *store);
