/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what a pod's /etc says about the pod.
 * Never: looks at what an image has there.
 * Follows: appc "/etc/hosts"; hostname(5), hosts(5), resolv.conf(5), machine-id(5). */

#include <fcntl.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "network/hosts.h"
#include "network/resolv-conf.h"
#include "pod/annotations.h"
#include "pod/pod-networks.h"
#include "stage/etc-texts.h"

/* "" if the host has no such file. */
static int read_host(const char *path, char **ret) {
        _cleanup_blob_ Blob text = {};

        int r = file_read_at(AT_FDCWD, path, TEXT_FILE_MAX, &text);
        if (r == -ENOENT)
                return str_copy("", ret);
        return r < 0 ? r : str_copy(text.data, ret);
}

int text_of_hostname(const Stage *s, char **ret) {
        return s->host ? read_host("/etc/hostname", ret) : str_printf(ret, "%s\n", stage_hostname(s));
}

static bool machine_id_of_host(char ret[static TEXT_MACHINE_ID_SIZE]) {
        _cleanup_blob_ Blob text = {};

        if (file_read_at(AT_FDCWD, "/etc/machine-id", TEXT_FILE_MAX, &text) < 0 ||
            text.size != TEXT_MACHINE_ID_SIZE - 1)
                return false;

        memcpy(ret, text.data, TEXT_MACHINE_ID_SIZE);
        return true;
}

void text_of_machine_id(const Stage *s, char ret[static TEXT_MACHINE_ID_SIZE]) {
        char *q = ret;

        if (s->host && machine_id_of_host(ret))
                return;

        for (const char *p = s->pod.uuid; *p; p++)
                if (*p != '-')
                        *q++ = *p;
        *q++ = '\n';
        *q = '\0';
}

static const char *more_hosts(const Stage *s) {
        return pairs_get(&s->manifest->annotations, ANNOTATION_HOSTS);
}

/* Of one that is in no network of plugins by itself: its addresses are those of the pod whose network it is, or nobody's. */
static int own_names(const Stage *s, char **ret) {
        const char *other = pod_network_pod(s->manifest);
        _cleanup_strv_ char **addresses = NULL, **lines = NULL;

        int r = pod_network_addresses(&s->network, &addresses);
        STRV_FOREACH(address, addresses)
                if (r >= 0)
                        r = strv_addf(&lines, "%s\t%s%s%s\n", *address, stage_hostname(s), other ? " " : "",
                                      other ? other : "");
        if (r >= 0 && !lines)
                r = strv_addf(&lines, "127.0.1.1\t%s\n", stage_hostname(s));

        return r < 0 ? r : strv_join(lines, "", ret);
}

static int hosts_of_host(const char *more, char **ret) {
        _cleanup_free_ char *text = NULL;

        int r = read_host("/etc/hosts", &text);
        return r < 0 ? r : str_printf(ret, "%s%s%s", text, more ? more : "", more ? "\n" : "");
}

static int hosts_of_networks(const Stage *s, char **ret) {
        _cleanup_blob_ Blob text = {};

        int r = file_read_at(s->pod.fd, HOSTS_FILE, TEXT_FILE_MAX, &text);
        return r < 0 ? r : str_copy(text.data, ret);
}

int text_of_hosts(const Stage *s, char **ret) {
        const char *more = more_hosts(s);
        _cleanup_free_ char *own = NULL;

        if (s->host)
                return hosts_of_host(more, ret);
        if (s->network.n_attachments > 0 && !s->other)
                return hosts_of_networks(s, ret);

        int r = own_names(s, &own);
        return r < 0 ? r : hosts_begin(own, more, ret);
}

int text_of_more_hosts(const Stage *s, char **ret) {
        const char *more = more_hosts(s);

        *ret = NULL;
        return more ? str_printf(ret, "%s\n", more) : 0;
}

/* What listens on the host's loopback cannot be reached from a network of the pod's own. Then systemd-resolved may know who it asks itself. */
static int text_of_host_servers(char **ret) {
        static const char *const files[] = { "/etc/resolv.conf", "/run/systemd/resolve/resolv.conf" };

        for (size_t i = 0; i < ELEMENTSOF(files); i++) {
                _cleanup_free_ char *text = NULL;

                int r = read_host(files[i], &text);
                if (r >= 0)
                        r = resolv_conf_without_loopback(text, ret);
                if (r < 0 || *ret)
                        return r;
        }

        return 0;
}

int text_of_resolv_conf(const Stage *s, char **ret) {
        const AppcPod *in = s->other ? s->other : s->manifest; /* whose network it is */
        const char *own = pairs_get(&s->manifest->annotations, ANNOTATION_DNS),
                   *dns = own ? own : pairs_get(&in->annotations, ANNOTATION_DNS);
        _cleanup_blob_ Blob host = {};

        *ret = NULL;
        if (dns)
                return str_printf(ret, "%s\n", dns);
        if (pod_network_kind(in) == NETWORK_SYSTEMD)
                return text_of_host_servers(ret);
        if (pod_has_networks(in)) {
                int r = resolv_conf_of_networks(&s->network, ret);
                return r < 0 || *ret ? r : text_of_host_servers(ret);
        }
        if (!stage_is(s, ANNOTATION_NETWORK, "host"))
                return 0;

        int r = file_read_at(AT_FDCWD, "/etc/resolv.conf", TEXT_FILE_MAX, &host);
        return r < 0 ? (r == -ENOENT ? 0 : r) : str_copy(host.data, ret);
}
