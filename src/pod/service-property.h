/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* What an administrator may set of the service that an app has in a pod of several (pod/annotations.h,
 * ANNOTATION_SERVICE_PROPERTIES): some of what the pod's unit may have (pod/unit-property.h), spelt in the same way, and all of it
 * for the [Service] section. -EINVAL and *reterr_why for "NAME=VALUE" that is none of it. */
int service_property_check(const char *assignment, char **reterr_why);

/* Whether it gives a credential. */
bool service_property_is_credential(const char *assignment);
