/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: reading an app's configuration inside the pod.
 * Never: guesses: a record it does not know is an error, since it might have been a restriction.
 * Follows: pod/init-config.h. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/app-config.h"
#include "init/records.h"
#include "pod/init-config.h"

static int append(char ***list, char *value) {
        size_t n = 0;

        while (*list && (*list)[n])
                n++;

        char **grown = realloc(*list, (n + 2) * sizeof(char *));
        if (!grown)
                return -ENOMEM;
        grown[n] = value;
        grown[n + 1] = NULL;
        *list = grown;
        return 0;
}

/* Where a record that may be repeated goes. */
static char ***find_list(AppConfig *c, const char *key) {
        const struct {
                const char *key;
                char ***list;
        } lists[] = {
                { INIT_ARGUMENT, &c->argv },  { INIT_ENVIRONMENT, &c->environment },
                { INIT_LISTEN, &c->sockets }, { INIT_MASK, &c->masks },
                { INIT_UNMASK, &c->unmasks }, { INIT_READ_ONLY, &c->read_only },
                { INIT_SYSCTL, &c->sysctls },
        };

        for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
                if (strcmp(lists[i].key, key) == 0)
                        return lists[i].list;

        return NULL;
}

static int parse_record(AppConfig *c, const char *key, char *value) {
        char ***list = find_list(c, key);
        if (list)
                return append(list, value);

        if (strcmp(key, INIT_GROUP_ID) == 0) {
                if (c->n_groups >= APP_GROUPS_MAX)
                        return -E2BIG;
                c->groups[c->n_groups++] = strtoul(value, NULL, 10);
        } else if (strcmp(key, INIT_USER) == 0)
                c->user = value;
        else if (strcmp(key, INIT_GROUP) == 0)
                c->group = value;
        else if (strcmp(key, INIT_MEMBER_GROUPS) == 0)
                c->member_groups = true;
        else if (strcmp(key, INIT_WORKING_DIRECTORY) == 0)
                c->working_directory = value;
        else if (strcmp(key, INIT_MAKE_WORKING_DIRECTORY) == 0)
                c->make_working_directory = true;
        else if (strcmp(key, INIT_CAPABILITIES) == 0)
                c->capabilities = strtoull(value, NULL, 16);
        else if (strcmp(key, INIT_AMBIENT) == 0)
                c->ambient = strtoull(value, NULL, 16);
        else if (strcmp(key, INIT_FILTER) == 0)
                c->filter = true;
        else if (strcmp(key, INIT_CREDENTIALS) == 0)
                c->credentials = value;
        else if (strcmp(key, INIT_NO_NEW_PRIVILEGES) == 0)
                c->no_new_privileges = true;
        else if (strcmp(key, INIT_NOTIFY) == 0)
                c->notify = INIT_NOTIFY_PATH;
        else if (strcmp(key, INIT_READY) == 0)
                c->ready = true;
        else if (strcmp(key, INIT_HOST) == 0)
                c->host = true;
        else if (strcmp(key, INIT_SHARE_PID) == 0)
                c->share_pid = true;
        else if (strcmp(key, INIT_WATCHDOG) == 0)
                c->watchdog = value;
        else if (strcmp(key, INIT_STOP_SIGNAL) == 0)
                c->stop_signal = atoi(value);
        else if (strcmp(key, INIT_TERMINAL) == 0)
                c->terminal = true;
        else if (strcmp(key, INIT_METADATA) == 0)
                c->metadata_port = strtoul(value, NULL, 10);
        else if (strcmp(key, INIT_METADATA_URL) == 0)
                c->metadata_url = value;
        else if (strcmp(key, INIT_ROOT) == 0)
                c->root = value;
        else
                return -EBADMSG;

        return 0;
}

/* The text is the configuration's, for as long as the process lives. */
int app_config_read(int fd, AppConfig *ret) {
        char *key, *value;
        AppConfig c = {};
        Records records;

        int r = records_read(fd, &records);
        while (r >= 0 && (r = records_next(&records, &key, &value)) > 0)
                r = parse_record(&c, key, value);
        if (r < 0)
                return r;
        if (!c.user || !c.working_directory || !c.argv || c.stop_signal <= 0)
                return -EBADMSG;

        *ret = c;
        return 0;
}

int app_config_set_variable(AppConfig *c, const char *name, const char *value) {
        size_t length = strlen(name);
        char *entry;

        if (asprintf(&entry, "%s=%s", name, value) < 0)
                return -ENOMEM;

        for (size_t i = 0; c->environment && c->environment[i]; i++)
                if (strncmp(c->environment[i], entry, length + 1) == 0) {
                        c->environment[i] = entry;
                        return 0;
                }

        return append(&c->environment, entry);
}
