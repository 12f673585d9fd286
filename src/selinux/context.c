/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: security contexts as text, and where a policy says which are meant for containers.
 * Never: asks the kernel or libselinux.
 * Follows: selinux_lxc_contexts_path(3); "Security Context" of the SELinux Notebook. */

#include "basic/str.h"
#include "selinux/context.h"

int context_with(const char *context, const char *type, const char *level, char **ret) {
        const char *role = strchr(context, ':'), *old = role ? strchr(role + 1, ':') : NULL;
        if (!old)
                return -EINVAL;
        old++;

        int before = (int) (old - context), length = (int) strcspn(old, ":");
        return type ? str_printf(ret, "%.*s%s:%s", before, context, type, level)
                    : str_printf(ret, "%.*s:%s", before + length, context, level);
}

#define BLANKS " \t"

/* What is between the quotes behind `key` and "="; NULL: the line says something else. */
static const char *find_value(const char *line, const char *key) {
        line = startswith(line + strspn(line, BLANKS), key);
        if (!line)
                return NULL;

        line += strspn(line, BLANKS);
        if (*line++ != '=')
                return NULL;
        line += strspn(line, BLANKS);
        return *line == '"' ? line + 1 : NULL;
}

int context_find(const char *text, const char *key, char **ret) {
        for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
                const char *value = find_value(line, key);
                size_t n = value ? strcspn(value, "\"\n") : 0;

                if (n > 0 && value[n] == '"')
                        return str_printf(ret, "%.*s", (int) n, value);
        }

        return -ENOENT;
}
