/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "stage/stage.h"

/* The files in /etc that are the pod's and not the image's: hostname, hosts, resolv.conf, machine-id. Logs. */
int files_make(StageApp *a);
