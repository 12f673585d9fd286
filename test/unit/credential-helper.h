/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "scratch.h"

#include "basic/str.h"

/* Has helpers of the scratch directory's bin/, which is there, be found. Returns as setenv(3). */
static inline int credential_helpers_find(void) {
        char path[512];

        (void) snprintf(path, sizeof(path), "%s:/usr/bin:/bin", scratch_path("bin"));
        return setenv("PATH", path, 1);
}

/* docker-credential-NAME, which is that script. */
static inline void credential_helper_write(const char *name, const char *script) {
        _cleanup_free_ char *path = NULL, *text = NULL;

        assert_return_code(str_printf(&path, "bin/docker-credential-%s", name), 0);
        assert_return_code(str_printf(&text, "#!/bin/sh\n%s\n", script), 0);
        scratch_write(path, text);
        assert_return_code(fchmodat(scratch.fd, path, 0755, 0), errno);
}
