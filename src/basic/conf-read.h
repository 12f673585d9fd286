/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/ini.h"

/* As ini_parse_sections(), for the text of `file`: whatever is wrong is -EBADMSG and "FILE: line N: …". */
int conf_parse(const char *file, const char *text, size_t size, IniSectionHandler begin, IniHandler handler,
               void *userdata, char **reterr_why);

/* Reads the file gantry/`name` and then its drop-ins, gantry/`name`.d/ (*.conf), from where conf_file() and
 * conf_files() find them, as conf_parse(). */
int conf_read(const char *name, IniSectionHandler begin, IniHandler handler, void *userdata,
              char **reterr_why);
