/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "settings/pod-file.h"

/* The text of a drop-in for gantry@NAME.service; of one with problems, no more than where it comes from. Owned by the
 * caller, as the other. */
int unit_text_service(const PodFile *f, char **ret);

/* The text of gantry@NAME.socket. */
int unit_text_socket(const PodFile *f, char **ret);
