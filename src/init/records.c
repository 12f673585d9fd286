/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: reading records.
 * Never: knows one.
 * Follows: pod/init-config.h. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/records.h"
#include "pod/init-config.h"

int records_read(int fd, Records *ret) {
        struct stat st;

        if (fstat(fd, &st) < 0)
                return -errno;
        if (st.st_size <= 0 || st.st_size > INIT_CONFIG_MAX)
                return -EBADMSG;

        char *text = malloc(st.st_size);
        if (!text)
                return -ENOMEM;
        if (pread(fd, text, st.st_size, 0) != st.st_size || text[st.st_size - 1] != '\0') {
                free(text);
                return -EBADMSG;
        }

        *ret = (Records) { .text = text, .next = text, .size = st.st_size };
        return 0;
}

void records_done(Records *r) {
        free(r->text);
        *r = (Records) {};
}

int records_next(Records *r, char **ret_key, char **ret_value) {
        char *key = r->next;

        if (key >= r->text + r->size)
                return 0;
        char *equals = strchr(key, '=');
        if (!equals)
                return -EBADMSG;

        *equals = '\0';
        r->next = equals + 1 + strlen(equals + 1) + 1;
        *ret_key = key;
        *ret_value = equals + 1;
        return 1;
}
