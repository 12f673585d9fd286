/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the list of properties that the service of an app may have, besides those that its image and its settings give it.
 * Never: reads a value: pod/unit-property.h does.
 * Follows: systemd.resource-control(5), systemd.service(5); what the systemd in a pod can carry out. */

#include "basic/refuse.h"
#include "basic/str.h"
#include "pod/service-property.h"
#include "pod/unit-property.h"

/* Not among them is what names a device or a unit of the host, which the pod does not see, and what needs a right over the host. */
static const char *const names[] = {
        "AllowedCPUs",
        "AllowedMemoryNodes",
        "CPUQuota",
        "CPUQuotaPeriodSec",
        "CPUWeight",
        "IOWeight",
        "MemoryHigh",
        "MemoryLow",
        "MemoryMax",
        "MemoryMin",
        "MemorySwapMax",
        "OOMPolicy",
        "Restart",
        "RestartForceExitStatus",
        "RestartPreventExitStatus",
        "RestartSec",
        "RuntimeMaxSec",
        "RuntimeRandomizedExtraSec",
        "StartupCPUWeight",
        "StartupIOWeight",
        "SuccessExitStatus",
        "TasksMax",
        "TimeoutAbortSec",
        "TimeoutStartSec",
        "TimeoutStopSec",
        "WatchdogSec",
};

static const char *const credentials[] = {
        "LoadCredential",
        "LoadCredentialEncrypted",
        "SetCredential",
        "SetCredentialEncrypted",
};

static bool is_one_of(const char *assignment, const char *const *list, size_t n) {
        size_t length = strcspn(assignment, "=");

        for (size_t i = 0; i < n; i++)
                if (strlen(list[i]) == length && strncmp(list[i], assignment, length) == 0)
                        return true;

        return false;
}

bool service_property_is_credential(const char *assignment) {
        return is_one_of(assignment, credentials, ELEMENTSOF(credentials));
}

int service_property_check(const char *assignment, char **reterr_why) {
        int r = unit_property_check(assignment, reterr_why);
        if (r < 0)
                return r;
        if (is_one_of(assignment, names, ELEMENTSOF(names)) || service_property_is_credential(assignment))
                return 0;

        return refuse(reterr_why, -EINVAL,
                      "%.*s= cannot be set for one of several apps; it can be set for the pod",
                      (int) strcspn(assignment, "="), assignment);
}
