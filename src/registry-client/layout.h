/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "registry-client/caller.h"
#include "registry-client/source.h"

/* An OCI layout, or an archive of one, whose files the caller (borrowed) has. */
int layout_new(const Caller *caller, Source **ret);
