/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "registry-client/caller.h"
#include "registry-client/source.h"

/* A docker archive whose files the caller (borrowed) has. It has no manifest that others know; the one we
 * make of it names each layer by its diff_id, which is what its bytes are checked by. */
int docker_archive_new(const Caller *caller, Source **ret);

/* Which files of the archive the manifest that was asked for is about: the config, then the layers, bottom
 * first. A strv, borrowed; NULL before. `archive` is what docker_archive_new() made. */
char *const *docker_archive_members(Source *archive);
