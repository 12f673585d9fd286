/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: which networks there are, and what the default one is.
 * Never: keeps one from being used because the file of another is broken.
 * Follows: libcni, which reads *.conf, *.conflist and *.json in the order of their names; gantry.net(5). */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "basic/conf.h"
#include "basic/fd.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "network/filter-rules.h"
#include "network/networks.h"

#define NET_D "/etc/cni/net.d"

/* Leases are below /run, so that none is left after a reboot. hairpinMode, so that a pod reaches a published port of its own. All that
 * plugins would call iptables for, a dozen of times each, is ours: network/filter.h; the bridge has the capability in place of a plugin. */
static const char default_network[] =
                "{ \"cniVersion\": \"1.0.0\", \"name\": \"" NETWORK_DEFAULT "\", \"plugins\": ["
                "{ \"type\": \"bridge\", \"bridge\": \"" FILTER_BRIDGE "\", \"isGateway\": true,"
                "  \"capabilities\": { \"portMappings\": true },"
                "  \"hairpinMode\": true, \"ipam\": { \"type\": \"host-local\","
                "  \"dataDir\": \"/run/gantry/networks\","
                "  \"ranges\": [[{ \"subnet\": \"10.77.0.0/16\" }], [{ \"subnet\": \"fd67:616e:7472:79::/64\" }]],"
                "  \"routes\": [{ \"dst\": \"0.0.0.0/0\" }, { \"dst\": \"::/0\" }] } } ] }";

static int find_files(char ***ret) {
        static const char *const suffixes[] = { ".conf", ".conflist", ".json" };
        char *const directories[] = { (char *) NET_D, NULL };
        _cleanup_strv_ char **files = NULL;
        int r = 0;

        for (size_t i = 0; r >= 0 && i < ELEMENTSOF(suffixes); i++) {
                _cleanup_strv_ char **some = NULL;

                r = conf_files_in(directories, suffixes[i], &some);
                if (r >= 0)
                        r = strv_add_all(&files, some);
        }
        if (r < 0)
                return r;

        if (files)
                strv_sort(files);
        *ret = TAKE_PTR(files);
        return 0;
}

/* "FILE: line N: what is wrong". */
static int load(const char *file, CniConfiguration **ret, char **reterr_why) {
        _cleanup_blob_ Blob text = {};
        _cleanup_free_ char *why = NULL;

        int r = file_read_at(AT_FDCWD, file, CNI_DOCUMENT_MAX, &text);
        if (r >= 0)
                r = cni_configuration_parse(text.data, text.size, ret, &why);
        if (r < 0 && r != -ENOMEM)
                return refuse(reterr_why, r, "%s: %s", file, why ? why : strerror(-r));

        return r;
}

/* What a document that is wrong calls itself may still be seen. */
static bool may_be_of(const char *file, const char *name) {
        _cleanup_json_ Json *document = NULL;
        _cleanup_blob_ Blob text = {};

        if (file_read_at(AT_FDCWD, file, CNI_DOCUMENT_MAX, &text) < 0 ||
            json_parse(text.data, text.size, &document, NULL) < 0)
                return true;

        const char *is = json_get_text(document, "name");
        return !is || streq(is, name);
}

/* 1: found; 0: there is none; *broken is then what one is like that may have been meant. */
static int find_in_files(const char *name, CniConfiguration **ret, char **broken) {
        _cleanup_strv_ char **files = NULL;

        int r = find_files(&files);
        if (r < 0)
                return r;

        STRV_FOREACH(file, files) {
                _cleanup_(cni_configuration_freep) CniConfiguration *c = NULL;
                _cleanup_free_ char *why = NULL;

                r = load(*file, &c, &why);
                if (r == -ENOMEM)
                        return r;
                if (r < 0 && !*broken && may_be_of(*file, name))
                        *broken = TAKE_PTR(why);
                if (r >= 0 && streq(c->name, name)) {
                        *ret = TAKE_PTR(c);
                        return 1;
                }
        }

        return 0;
}

static int find(const char *name, CniConfiguration **ret, char **reterr_why) {
        _cleanup_free_ char *broken = NULL;

        int r = find_in_files(name, ret, &broken);
        if (r != 0)
                return MIN(r, 0);
        if (streq(name, NETWORK_DEFAULT))
                return cni_configuration_parse(default_network, sizeof(default_network) - 1, ret,
                                               reterr_why);
        if (broken)
                return refuse(reterr_why, -EBADMSG,
                              "no file in " NET_D " has it, but one cannot be used: %s", broken);

        return refuse(reterr_why, -ENOENT, "no file in " NET_D " has it; see gantry.net(5)");
}

int network_find(const char *request, CniConfiguration **ret, char **reterr_why) {
        _cleanup_free_ char *name = strndup(request, strcspn(request, ":")), *why = NULL;
        if (!name)
                return -ENOMEM;

        int r = find(name, ret, &why);
        return r < 0 ? refuse(reterr_why, r, "network '%s': %s", name, why ? why : strerror(-r)) : 0;
}
