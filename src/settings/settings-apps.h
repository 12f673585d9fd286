/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "settings/settings.h"

/* Parts of pod_settings_check(): what the apps of a pod are called and say of each other; what is said of units and sockets
 * where each app has a service; credentials. */
int settings_check_names(const PodSettings *s, char **reterr_why);
int settings_check_services(const PodSettings *s, char **reterr_why);
int settings_check_credentials(const PodSettings *s, char **reterr_why);

/* What a virtual machine cannot have, and what only one has. And what of the host it needs. */
int settings_check_stage1(const PodSettings *s, char **reterr_why);
int settings_check_virtual_machine(const PodSettings *s, char **reterr_why);

/* What a pod that flies cannot have; and what it has if nothing else is asked for. */
int settings_check_fly(const PodSettings *s, char **reterr_why);
int settings_complete_fly(PodSettings *s);
