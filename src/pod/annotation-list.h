/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/pairs.h"

/* The items of an annotation that is a list (pod/annotations.h); NULL if there is none. 0 or -ENOMEM. */
int annotation_list(const Pairs *annotations, const char *name, char ***ret);
