/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "init/app-config.h"

/* Listens for the metadata service on the pod's loopback, if it is to, and hands the socket to the stage. 0 or -errno. */
int metadata_listen(const AppConfig *c);
