/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "settings/pod-file.h"

/* Unit, Service, Install. */
bool pod_file_section_is_systemds(const char *section);

/* Appends a line of such a section. -EINVAL and *reterr_why if it would make the unit something else than a pod's,
 * or cannot be done for a unit that a generator writes. */
int pod_file_add_line(PodFile *f, const char *section, const char *key, const char *value,
                      char **reterr_why);
void pod_file_line_done(PodFileLine *l);

/* What [Install] says for a key, "" having taken back what was said before; strv, owned by the caller. */
int pod_file_install(const PodFile *f, const char *key, char ***ret);

/* Whether it asks for more than the unit gantry@.service is by itself. */
bool pod_file_shapes_unit(const PodFile *f);
