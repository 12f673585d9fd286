/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "guest/config.h"

/* Takes on the limits of an app that is alone. 0, or -errno. */
int limits_take(const GuestApp *app);
