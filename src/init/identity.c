/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: who the app is: user and group look-up in the image's own files, capabilities, working directory.
 * Never: trusts those files further than the pod's own user namespace reaches; uses NSS (this program is
 * static).
 * Follows: passwd(5), group(5), capabilities(7), appc "app.user" and "app.group". */

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init/identity.h"

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

/* Looks for the line of /etc/passwd whose name is `name`, or if that is NULL whose uid is `uid`. */
static bool find_account(const char *name, uid_t uid, Account *ret) {
        char line[1024], *f[7];
        bool found = false;

        FILE *file = fopen("/etc/passwd", "re");
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

        FILE *file = fopen("/etc/group", "re");
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

static int limit_capabilities(uint64_t keep) {
        for (int c = 0; prctl(PR_CAPBSET_READ, c, 0, 0, 0) >= 0; c++)
                if (!(keep & (UINT64_C(1) << c)) && prctl(PR_CAPBSET_DROP, c, 0, 0, 0) < 0)
                        return -errno;

        return 0;
}

/* What uid 0 may do; any other user has lost all capabilities by becoming itself. What nspawn has not
 * left us (on the host's network that is CAP_AUDIT_WRITE) cannot be had back. */
static int set_capabilities(uint64_t mask) {
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
        struct __user_cap_data_struct data[2];

        if (syscall(SYS_capget, &header, data) < 0)
                return -errno;
        for (int i = 0; i < 2; i++) {
                data[i].permitted &= mask >> (32 * i);
                data[i].effective = data[i].permitted;
                data[i].inheritable = 0;
        }

        return syscall(SYS_capset, &header, data) < 0 ? -errno : 0;
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

static int add_home(AppConfig *c, const char *home) {
        size_t n = 0;
        char *entry;

        for (; c->environment && c->environment[n]; n++)
                if (strncmp(c->environment[n], "HOME=", 5) == 0)
                        return 0;

        char **grown = realloc(c->environment, (n + 2) * sizeof(char *));
        if (!grown || asprintf(&entry, "HOME=%s", home[0] == '/' ? home : "/") < 0)
                return -ENOMEM;
        grown[n] = entry;
        grown[n + 1] = NULL;
        c->environment = grown;
        return 0;
}

static int become(AppConfig *c, const Account *account, gid_t gid) {
        if (setgroups(c->n_groups, c->groups) < 0 || setresgid(gid, gid, gid) < 0 ||
            setresuid(account->uid, account->uid, account->uid) < 0)
                return -errno;

        return account->uid == 0 ? set_capabilities(c->capabilities) : 0;
}

int identity_apply(AppConfig *c, const char **reterr_what) {
        Account account;
        gid_t gid;
        int r;

        *reterr_what = "look up the user";
        r = resolve_user(c->user, &account);
        if (r < 0)
                return r;

        *reterr_what = "look up the group";
        gid = account.gid;
        r = c->group ? resolve_group(c->group, &gid) : 0;
        if (r < 0)
                return r;
        if (c->member_groups && account.name[0])
                (void) scan_groups(add_membership, &(Membership) { .user = account.name, .config = c });

        *reterr_what = "make the working directory";
        r = c->make_working_directory ? make_directory(c->working_directory) : 0;
        if (r < 0)
                return r;

        *reterr_what = "limit the capabilities";
        r = limit_capabilities(c->capabilities);
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

        *reterr_what = "set HOME";
        return add_home(c, account.home);
}
