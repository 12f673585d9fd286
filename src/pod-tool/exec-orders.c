/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the orders of one more command.
 * Never: leaves out a record that it does not know: it might be a restriction.
 * Follows: pod/init-config.h. */

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "pod-tool/exec-orders.h"
#include "pod/init-config.h"

static bool is_one_of(const char *key, const char *const *list) {
        for (; *list; list++)
                if (streq(key, *list))
                        return true;

        return false;
}

/* Is there another value for this NAME=VALUE? */
static bool is_replaced(const char *assignment, char *const *environment) {
        size_t n = strcspn(assignment, "=") + 1;

        STRV_FOREACH(e, environment)
                if (strncmp(*e, assignment, n) == 0)
                        return true;

        return false;
}

/* Does this order of the app hold for the command, too? */
static bool holds(const ExecOrders *o, const char *key, const char *value) {
        static const char *const of_the_pod[] = { INIT_ARGUMENT, INIT_TERMINAL,  INIT_LISTEN, INIT_NOTIFY,
                                                  INIT_WATCHDOG, INIT_READ_ONLY, INIT_MASK,   INIT_UNMASK,
                                                  INIT_SYSCTL,   INIT_METADATA,  NULL };
        static const char *const of_the_user[] = { INIT_USER, INIT_GROUP, INIT_GROUP_ID, INIT_MEMBER_GROUPS,
                                                   NULL };
        static const char *const of_the_directory[] = { INIT_WORKING_DIRECTORY, INIT_MAKE_WORKING_DIRECTORY,
                                                        NULL };

        if (o->terminal && startswith(value, "TERM=") && streq(key, INIT_ENVIRONMENT))
                return false;

        return !is_one_of(key, of_the_pod) && !(o->user && is_one_of(key, of_the_user)) &&
               !(o->working_directory && is_one_of(key, of_the_directory)) &&
               !(streq(key, INIT_ENVIRONMENT) && is_replaced(value, o->environment));
}

static int add_app(FILE *f, const PodDir *p, const ExecOrders *o) {
        _cleanup_free_ char *path = NULL;
        _cleanup_blob_ Blob orders = {};

        int r = str_printf(&path, "apps/%s/init", o->app);
        if (r >= 0)
                r = file_read_at(p->fd, path, INIT_CONFIG_MAX, &orders);
        if (r < 0)
                return r;

        char *text = orders.data;
        for (size_t i = 0, n; i < orders.size; i += n) {
                char *key = text + i, *equals = strchr(key, '=');

                n = strlen(key) + 1;
                if (!equals)
                        return -EBADMSG;
                *equals = '\0';
                if (holds(o, key, equals + 1))
                        fprintf(f, "%s=%s%c", key, equals + 1, 0);
        }

        return 0;
}

static void add_user(FILE *f, const char *user) {
        size_t n = strcspn(user, ":");

        fprintf(f, INIT_USER "=%.*s%c", (int) n, user, 0);
        if (user[n])
                fprintf(f, INIT_GROUP "=%s%c", user + n + 1, 0);
        else
                fprintf(f, INIT_MEMBER_GROUPS "=1%c", 0);
}

static void add_own(FILE *f, const ExecOrders *o) {
        if (o->user)
                add_user(f, o->user);
        if (o->working_directory)
                fprintf(f, INIT_WORKING_DIRECTORY "=%s%c", o->working_directory, 0);
        if (o->root)
                fprintf(f, INIT_ROOT "=%s%c", o->root, 0);
        if (o->terminal)
                fprintf(f, INIT_TERMINAL "=1%c", 0);
        if (o->terminal && !is_replaced("TERM=", o->environment))
                fprintf(f, INIT_ENVIRONMENT "=TERM=%s%c", o->terminal, 0);
        STRV_FOREACH(e, o->environment)
                fprintf(f, INIT_ENVIRONMENT "=%s%c", *e, 0);
        STRV_FOREACH(a, o->argv)
                fprintf(f, INIT_ARGUMENT "=%s%c", *a, 0);
}

int exec_orders_make(const PodDir *p, const ExecOrders *o) {
        _cleanup_close_ int fd = memfd_create("gantry-exec", MFD_CLOEXEC);
        _cleanup_fclose_ FILE *f = fd < 0 ? NULL : fdopen(dup(fd), "w");
        if (!f)
                return -errno;

        int r = add_app(f, p, o);
        if (r < 0)
                return r;
        add_own(f, o);
        if (fflush(f) == EOF || lseek(fd, 0, SEEK_SET) < 0)
                return -errno;

        return TAKE_FD(fd);
}
