/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "guest/place.h"

/* Shows an app the texts that the stage has for its /etc, where they fit. 0, or -errno and *reterr_why. */
int files_make(Place *p, char **reterr_why);

/* Such a text is another one now. Nothing if the app does not see it, or only what the image has. */
int files_change(const Place *p, const GuestText *t);
