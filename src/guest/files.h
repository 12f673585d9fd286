/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "guest/place.h"

/* Shows an app the texts that the stage has for its /etc, where they fit. 0, or -errno and *reterr_why. */
int files_make(Place *p, char **reterr_why);
