/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What gantry-generator tells pod-start in the environment of gantry@NAME.service: the fingerprint of the pod file that
 * the unit is made of. pod-start sees by it whether that is still what the file says. */
#define POD_START_FINGERPRINT "GANTRY_POD_FILE_FINGERPRINT"
