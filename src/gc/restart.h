/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pod/pod-dir.h"
#include "unit/manager.h"

/* Is systemd not yet done with a pod in which nobody is alive? Its end is still to be recorded then, or it is about to be started again.
 * Connects when `*m` is NULL. If systemd cannot be asked nothing is known, so that is true as well; where there is none it is not. */
bool restart_is_due(Manager **m, const PodDir *p);
