/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what we say to journald.
 * Never: sends what does not fit into one datagram.
 * Follows: https://systemd.io/JOURNAL_NATIVE_PROTOCOL. */

#include <endian.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/journal.h"
#include "basic/str.h"
#include "basic/strv.h"

/* With its length, whether it has lines or not. */
static void print_field(FILE *f, const char *field) {
        size_t name = strcspn(field, "=");
        const char *value = field + name + (field[name] == '=');
        uint64_t size = htole64(strlen(value));

        fwrite(field, 1, name, f);
        fputc('\n', f);
        fwrite(&size, sizeof(size), 1, f);
        fputs(value, f);
        fputc('\n', f);
}

int journal_format(char *const *fields, Blob *ret) {
        char *text = NULL;
        size_t size;

        FILE *f = open_memstream(&text, &size);
        if (!f)
                return -ENOMEM;
        STRV_FOREACH(field, fields)
                print_field(f, *field);
        if (fclose(f) == EOF) {
                free(text);
                return -ENOMEM;
        }

        *ret = (Blob) { .data = text, .size = size };
        return 0;
}

int journal_send(char *const *fields) {
        static const struct sockaddr_un journald = { .sun_family = AF_UNIX,
                                                     .sun_path = "/run/systemd/journal/socket" };
        _cleanup_blob_ Blob entry = {};

        int r = journal_format(fields, &entry);
        if (r < 0)
                return r;

        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (fd < 0 || sendto(fd, entry.data, entry.size, MSG_NOSIGNAL, (const struct sockaddr *) &journald,
                             sizeof(journald)) < 0)
                return -errno;

        return 0;
}
