/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

#include "pod/pod-dir.h"

/* `gantry exec` in a pod that is a virtual machine: its stage has the command run in there. */

/* Returns the pid of a child that stands here for the command: it ends when that does, and with its status. *ret_connection is for signals
 * (control_exec_signal()). The fds are what the command gets (pod/control.h). */
pid_t exec_machine_start(const PodDir *p, const char *app, bool terminal, const int streams[static 3],
                         int orders, int *ret_connection);
