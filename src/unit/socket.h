/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "unit/bus.h"

/* The properties of a pod's socket unit, to the open "a(sv)" of a message. For this folder only. */
int unit_socket_append(sd_bus_message *m, const UnitSpec *spec);
