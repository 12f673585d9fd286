/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* "EPERM": its number, or -EINVAL. */
int errno_from_name(const char *name);
