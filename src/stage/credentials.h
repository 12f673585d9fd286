/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The names of the unit's credentials (LoadCredential= and the like), which are the pod's; none is NULL. */
int credentials_names(char ***ret);
