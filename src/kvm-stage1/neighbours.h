/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "kvm-stage1/relay.h"
#include "stage/stage.h"

/* Whether other pods of the machine's networks have come or gone since. Returns an fd for what follows. */
int neighbours_watch(const Stage *s);

/* For a loop. What has changed is sent to the guest, as it is by then; if that cannot be, so it is logged. */
void neighbours_poll(int watch, const Relay *r, struct pollfd *fd);
void neighbours_dispatch(int watch, const Stage *s, Relay *r, const struct pollfd *fd);
