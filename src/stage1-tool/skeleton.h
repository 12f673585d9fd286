/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "stage1-tool/contents.h"

/* Adds what an image has besides programs and libraries, and what is the same on every host. */
int skeleton_add(Contents *c);
