/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what a pod's /etc says about the pod.
 * Never: looks at what an image has there.
 * Follows: appc "/etc/hosts"; hostname(5), hosts(5), resolv.conf(5), machine-id(5). */

#include <fcntl.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "pod/annotations.h"
#include "stage/etc-texts.h"

int text_of_hostname(const Stage *s, char **ret) {
        return str_printf(ret, "%s\n", stage_hostname(s));
}

void text_of_machine_id(const Stage *s, char ret[static TEXT_MACHINE_ID_SIZE]) {
        char *q = ret;

        for (const char *p = s->pod.uuid; *p; p++)
                if (*p != '-')
                        *q++ = *p;
        *q++ = '\n';
        *q = '\0';
}

static const char *more_hosts(const Stage *s) {
        return pairs_get(&s->manifest->annotations, ANNOTATION_HOSTS);
}

int text_of_hosts(const Stage *s, char **ret) {
        const char *more = more_hosts(s);

        return str_printf(
                        ret,
                        "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n127.0.1.1\t%s\n%s%s",
                        stage_hostname(s), more ? more : "", more ? "\n" : "");
}

int text_of_more_hosts(const Stage *s, char **ret) {
        const char *more = more_hosts(s);

        *ret = NULL;
        return more ? str_printf(ret, "%s\n", more) : 0;
}

int text_of_resolv_conf(const Stage *s, char **ret) {
        const char *dns = pairs_get(&s->manifest->annotations, ANNOTATION_DNS);
        _cleanup_blob_ Blob host = {};

        *ret = NULL;
        if (dns)
                return str_printf(ret, "%s\n", dns);
        if (!stage_is(s, ANNOTATION_NETWORK, "host"))
                return 0;

        int r = file_read_at(AT_FDCWD, "/etc/resolv.conf", TEXT_FILE_MAX, &host);
        return r < 0 ? (r == -ENOENT ? 0 : r) : str_copy(host.data, ret);
}
