/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/appc-pod.h"

/* Says which isolators, and what else of the manifest, the pod will run without. */
void isolators_report(const AppcPod *pod);
