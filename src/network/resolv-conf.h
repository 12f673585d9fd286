/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "network/pod-network.h"

/* What is in a pod's resolv.conf(5), if nobody has said it. *ret is NULL if there is nothing. */

/* What the plugins say: all their servers, and of the rest what the last network says that says something, for only one line counts. */
int resolv_conf_of_networks(const PodNetwork *n, char **ret);

/* The text of another such file, without servers on the loopback; NULL if no server would be left. */
int resolv_conf_without_loopback(const char *text, char **ret);
