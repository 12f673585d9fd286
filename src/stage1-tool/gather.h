/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "stage1-tool/contents.h"
#include "stage1/current.h"

/* What goes into an image, from the host with this root, and of which files of its that is. *ret_version is whose image it is: that
 * of systemd, or the kernel's release. */
typedef int (*Gather)(int root_fd, Contents *c, Current *sources, char **ret_version, char **reterr_why);

/* For pods that boot: the host's systemd and what it needs. */
int gather_systemd(int root_fd, Contents *c, Current *sources, char **ret_version, char **reterr_why);

/* For virtual machines: the modules of a kernel, and our programs. -ENODEV: this host has no kernel. */
int gather_guest(int root_fd, Contents *c, Current *sources, char **ret_version, char **reterr_why);
