/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "guest/system.h"

/* What the systemd of the pod is asked to do with an app: ControlVerb of pod/control.h. */
typedef struct Command {
        uint32_t id; /* of the request; 0: there is none here */
        pid_t pid;
        int words; /* what systemctl has complained */
} Command;

/* Never fails: what is wrong is the answer. */
void command_begin(const LinkMessage *m, const System *s, const App *app, Link *l, Command *ret);

/* systemctl has ended. */
void command_end(Command *c, Link *l, int status);
