/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "network/pod-network.h"
#include "stage/stage.h"

/* The networks of a pod that has some of its own, as the stage sees it: a namespace that is there from the beginning, and a program that has
 * it join them meanwhile (pod-network). These log. */

/* Sets `network_fd`, if the pod is to have a namespace that the stage makes. */
int network_open(Stage *s);

/* Starts the program, which is not waited for. */
int network_begin(Stage *s);

/* Waits for it, and reads what has become of it. */
int network_hear(Stage *s);

/* Ends it, if it has not been heard. */
void network_done(Stage *s);
