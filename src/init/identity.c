/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: who the app is: user and group look-up in the image's own files, and the steps to become it.
 * Never: trusts those files further than the pod's own user namespace reaches; uses NSS (this program is
 * static).
 * Follows: passwd(5), group(5), capabilities(7), appc "app.user" and "app.group". */

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/credentials.h"
#include "init/filter.h"
#include "init/identity.h"
#include "init/privileges.h"

typedef struct Account {
        uid_t uid;
        gid_t gid;
        char name[64], home[256];
} Account;

/* All digits, and not the id that means "leave as it is". */
static bool parse_id(const char *s, unsigned *ret) {
        if (!*s || s[strspn(s, "0123456789")] || strlen(s) > 10)
                return false;

        unsigned long v = strtoul(s, NULL, 10);
        if (v >= UINT32_MAX)
                return false;

        *ret = v;
        return true;
}

/* Splits at ':' in place; returns the number of fields found, at most `max`. */
static size_t split(char *line, char **fields, size_t max) {
        size_t n = 0;

        line[strcspn(line, "\n")] = '\0';
        while (line && n < max)
                fields[n++] = strsep(&line, ":");

        return n;
}

/* What a pod has in its place, a FIFO for example, must not keep `gantry exec` waiting. */
static FILE *open_regular(const char *path) {
        struct stat st;

        int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (fd < 0)
                return NULL;
        FILE *file = fstat(fd, &st) >= 0 && S_ISREG(st.st_mode) ? fdopen(fd, "r") : NULL;
        if (!file)
                close(fd);
        return file;
}

/* Looks for the line of /etc/passwd whose name is `name`, or if that is NULL whose uid is `uid`. */
static bool find_account(const char *name, uid_t uid, Account *ret) {
        char line[1024], *f[7];
        bool found = false;

        FILE *file = open_regular("/etc/passwd");
        if (!file)
                return false;

        while (!found && fgets(line, sizeof(line), file)) {
                unsigned u, g;

                if (split(line, f, 7) < 6 || !parse_id(f[2], &u) || !parse_id(f[3], &g))
                        continue;
                if (name ? strcmp(f[0], name) != 0 : u != uid)
                        continue;
                *ret = (Account) { .uid = u, .gid = g };
                snprintf(ret->name, sizeof(ret->name), "%s", f[0]);
                snprintf(ret->home, sizeof(ret->home), "%s", f[5]);
                found = true;
        }

        fclose(file);
        return found;
}

static int resolve_user(const char *user, Account *ret) {
        struct stat st;
        uid_t uid;

        if (find_account(user, 0, ret))
                return 0;
        if (user[0] == '/') {
                if (stat(user, &st) < 0)
                        return -errno;
                uid = st.st_uid;
        } else if (!parse_id(user, &uid))
                return -ESRCH;

        if (!find_account(NULL, uid, ret))
                *ret = (Account) { .uid = uid };
        return 0;
}

/* Calls back for each usable line of /etc/group until that returns true. */
static bool scan_groups(bool (*visit)(const char *name, gid_t gid, char *members, void *userdata),
                        void *userdata) {
        static char line[64 * 1024];
        char *f[4];
        bool done = false;

        FILE *file = open_regular("/etc/group");
        if (!file)
                return false;

        while (!done && fgets(line, sizeof(line), file)) {
                unsigned gid;
                size_t n = split(line, f, 4);

                if (n >= 3 && parse_id(f[2], &gid))
                        done = visit(f[0], gid, n > 3 ? f[3] : NULL, userdata);
        }

        fclose(file);
        return done;
}

typedef struct GroupQuery {
        const char *name;
        gid_t gid;
} GroupQuery;

static bool match_group(const char *name, gid_t gid, char *members, void *userdata) {
        GroupQuery *q = userdata;

        if (strcmp(name, q->name) != 0)
                return false;
        q->gid = gid;
        return true;
}

static int resolve_group(const char *group, gid_t *ret) {
        GroupQuery q = { .name = group };
        struct stat st;

        if (scan_groups(match_group, &q))
                *ret = q.gid;
        else if (group[0] == '/') {
                if (stat(group, &st) < 0)
                        return -errno;
                *ret = st.st_gid;
        } else if (!parse_id(group, ret))
                return -ESRCH;

        return 0;
}

typedef struct Membership {
        const char *user;
        AppConfig *config;
} Membership;

static bool add_membership(const char *name, gid_t gid, char *members, void *userdata) {
        Membership *m = userdata;

        for (char *member; members && (member = strsep(&members, ","));)
                if (strcmp(member, m->user) == 0 && m->config->n_groups < APP_GROUPS_MAX)
                        m->config->groups[m->config->n_groups++] = gid;

        return false;
}

static int make_directory(const char *path) {
        char copy[4096];

        if (snprintf(copy, sizeof(copy), "%s", path) >= (int) sizeof(copy))
                return -ENAMETOOLONG;

        for (char *p = copy; *p; p++)
                if (*p == '/' && p > copy) {
                        *p = '\0';
                        (void) mkdir(copy, 0755);
                        *p = '/';
                }

        return mkdir(copy, 0755) < 0 && errno != EEXIST ? -errno : 0;
}

static int set_variables(AppConfig *c, const char *home) {
        int r = credentials_announce(c);
        if (r >= 0 && c->metadata_url)
                r = app_config_set_variable(c, "AC_METADATA_URL", c->metadata_url);

        for (size_t n = 0; c->environment && c->environment[n]; n++)
                if (strncmp(c->environment[n], "HOME=", 5) == 0)
                        return r;

        return r < 0 ? r : app_config_set_variable(c, "HOME", home[0] == '/' ? home : "/");
}

/* root has all that the app may have, any other user what it was given by name. A filter is for those only who can gain
 * nothing any more, or who have CAP_SYS_ADMIN: that stays until the app is executed, and goes then, for it is neither in
 * the bounding set nor ambient. */
static int keep_privileges(const AppConfig *c, uid_t uid) {
        uint64_t ambient = uid == 0 ? 0 : c->ambient & c->capabilities,
                 filters = c->filter && !c->no_new_privileges ? UINT64_C(1) << CAP_SYS_ADMIN : 0;

        return privileges_keep((uid == 0 ? c->capabilities : ambient) | filters, ambient);
}

/* So that /dev/stdin and its like can be opened again by the app. Whatever else the streams are is not the pod's: without a
 * user namespace it could be chowned. */
static void own_streams(uid_t uid, bool terminal) {
        struct stat st;

        for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
                if (terminal || (fstat(fd, &st) >= 0 && S_ISFIFO(st.st_mode)))
                        (void) !fchown(fd, uid, -1);
}

static int become(AppConfig *c, const Account *account, gid_t gid) {
        own_streams(account->uid, c->terminal);
        if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
                return -errno;
        if (setgroups(c->n_groups, c->groups) < 0 || setresgid(gid, gid, gid) < 0 ||
            setresuid(account->uid, account->uid, account->uid) < 0)
                return errno == EINVAL ? -ERANGE : -errno; /* the user namespace has no such ID */

        return keep_privileges(c, account->uid);
}

/* The order matters: what comes later takes away what earlier steps need. */
int identity_apply(AppConfig *c, const char **reterr_what) {
        struct sock_fprog filter = {};
        Account account;
        gid_t gid;

        *reterr_what = "look up the user";
        int r = resolve_user(c->user, &account);
        if (r < 0)
                return r;

        *reterr_what = "look up the group";
        gid = account.gid;
        r = c->group ? resolve_group(c->group, &gid) : 0;
        if (r < 0)
                return r;
        if (c->member_groups && account.name[0])
                (void) scan_groups(add_membership, &(Membership) { .user = account.name, .config = c });

        *reterr_what = "read the filter of system calls";
        r = c->filter ? filter_load(&filter) : 0;
        if (r < 0)
                return r;

        *reterr_what = "set up the environment";
        r = set_variables(c, account.home);
        if (r < 0)
                return r;

        *reterr_what = "give credentials";
        r = c->first ? credentials_give(c, account.uid, gid) : 0;
        if (r < 0)
                return r;

        *reterr_what = "enter the root";
        if (c->root && (chroot(c->root) < 0 || chdir("/") < 0))
                return -errno;

        *reterr_what = "make the working directory";
        r = c->make_working_directory ? make_directory(c->working_directory) : 0;
        if (r < 0)
                return r;

        *reterr_what = "limit the capabilities";
        r = privileges_bound(c->capabilities);
        if (r < 0)
                return r;

        *reterr_what = "become the user";
        r = become(c, &account, gid);
        if (r < 0)
                return r;

        *reterr_what = "enter the working directory";
        if (chdir(c->working_directory) < 0)
                return -errno;

        *reterr_what = "renounce new privileges";
        if (c->no_new_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
                return -errno;

        *reterr_what = "filter system calls";
        return c->filter ? filter_apply(&filter) : 0;
}
