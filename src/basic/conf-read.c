/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: reading a configuration file together with its drop-ins.
 * Never: knows a setting.
 * Follows: "CONFIGURATION DIRECTORIES AND PRECEDENCE" of systemd's manual pages. */

#include <fcntl.h>
#include <string.h>

#include "basic/conf-read.h"
#include "basic/conf.h"
#include "basic/fd.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "basic/strv.h"

#define FILE_MAX (64 * 1024U)

int conf_parse(const char *file, const char *text, size_t size, IniSectionHandler begin, IniHandler handler,
               void *userdata, char **reterr_why) {
        _cleanup_free_ char *why = NULL;

        int r = ini_parse_sections(text, size, begin, handler, userdata, &why);
        if (r >= 0 || r == -ENOMEM)
                return r;

        return refuse(reterr_why, -EBADMSG, "%s: %s", file, why ? why : "cannot be used");
}

static int read_file(const char *path, IniSectionHandler begin, IniHandler handler, void *userdata,
                     char **reterr_why) {
        _cleanup_blob_ Blob text = {};

        int r = file_read_at(AT_FDCWD, path, FILE_MAX, &text);
        if (r < 0 && r != -ENOMEM)
                return refuse(reterr_why, r, "%s: %s", path, strerror(-r));

        return r < 0 ? r : conf_parse(path, text.data, text.size, begin, handler, userdata, reterr_why);
}

int conf_read(const char *name, IniSectionHandler begin, IniHandler handler, void *userdata,
              char **reterr_why) {
        _cleanup_free_ char *file = NULL, *directory = NULL;
        _cleanup_strv_ char **more = NULL;

        int r = str_printf(&directory, "%s.d", name);
        if (r >= 0)
                r = conf_file(name, &file);
        if (r >= 0)
                r = conf_files(directory, ".conf", &more);
        if (r < 0 && r != -ENOMEM)
                return refuse(reterr_why, r, "cannot look for %s: %s", name, strerror(-r));

        if (r >= 0 && file)
                r = read_file(file, begin, handler, userdata, reterr_why);
        STRV_FOREACH(path, more)
                if (r >= 0)
                        r = read_file(*path, begin, handler, userdata, reterr_why);

        return r;
}
