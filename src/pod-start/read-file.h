/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "settings/pod-file.h"

/* Reads a pod file that is to be used, or says all that is wrong with it. */
int read_pod_file(const char *name, PodFile **ret);
