/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <systemd/sd-bus.h>

/* Appends one property to the open "a(sv)" of a message: "MemoryMax=1G" (pod/unit-property.h). For this folder only. */
int unit_property_append(sd_bus_message *m, const char *assignment, char **reterr_why);
