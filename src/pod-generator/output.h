/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "settings/pod-file.h"

/* Writes all that systemd is to know of a pod file into the generator's directory. */
int output_write(int output_fd, const PodFile *f);
