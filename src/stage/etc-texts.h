/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "stage/stage.h"

/* What the files in the /etc of a pod's apps say about the pod. The texts are the caller's; NULL: there is to be no such file. */

#define TEXT_FILE_MAX ((size_t) 1024 * 1024)

int text_of_hostname(const Stage *s, char **ret);

#define TEXT_MACHINE_ID_SIZE 34u
void text_of_machine_id(const Stage *s, char ret[static TEXT_MACHINE_ID_SIZE]);

/* Where the image has no hosts, and what is put behind those it has. Before the pod has joined its networks, nothing is known of them. */
int text_of_hosts(const Stage *s, char **ret);
int text_of_more_hosts(const Stage *s, char **ret);

/* Who is on the host's network asks whom the host asks. */
int text_of_resolv_conf(const Stage *s, char **ret);
