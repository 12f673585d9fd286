/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <poll.h>

#include "pod/control.h"
#include "stage/stage.h"

/* What the pod is told at its control socket (pod/control.h), one request after another. */
typedef struct Commands {
        int listener;
        int connection; /* who has come and not yet said what for */
} Commands;

#define COMMANDS_NONE                                                                                       \
        (Commands) {                                                                                        \
                .listener = -EBADF, .connection = -EBADF                                                    \
        }

typedef struct Command {
        ControlRequest request;
        StageApp *app;
        int connection; /* who waits for the answer */
} Command;

#define COMMAND_NONE                                                                                        \
        (Command) {                                                                                         \
                .request = { .fds = CONTROL_FDS_NONE }, .connection = -EBADF                                \
        }

void command_done(Command *c);
#define _cleanup_command_ _cleanup_(command_done)

int commands_listen(const Stage *s, Commands *ret);
void commands_close(Commands *c);

/* For a loop: what to poll for; and whether a command has come: that one is to be carried out. */
void commands_poll(const Commands *c, struct pollfd *ret);
bool commands_dispatch(Commands *c, const Stage *s, const struct pollfd *fd, Command *ret);

/* Has the systemd in the pod, whose leader this is, carry it out, and answers: a child does, whom nobody waits for. */
void command_carry_out(const Stage *s, int leader, const Command *c);
