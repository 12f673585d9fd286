/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the chain of a network's plugins.
 * Never: leaves one out when a pod leaves the network.
 * Follows: CNI 1.0.0, SPEC.md, section 3. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "basic/refuse.h"
#include "basic/str.h"
#include "network/attachment.h"
#include "network/plugin.h"

void attachment_done(Attachment *a) {
        cni_configuration_free(a->network);
        free(a->interface);
        free(a->namespace);
        free(a->arguments);
        json_unref(a->capabilities);
        cni_result_free(a->result);
        *a = (Attachment) {};
}

static int call(const Attachment *a, size_t i, const PluginCall *with, const CniResult *previous, char **ret,
                char **reterr_why) {
        _cleanup_free_ char *why = NULL;
        _cleanup_blob_ Blob input = {};
        const char *type = a->network->plugins[i].type;

        int r = cni_configuration_input(a->network, i, a->capabilities, previous ? previous->document : NULL,
                                        &input);
        if (r >= 0)
                r = plugin_call(type, with, &input, ret, &why);
        if (r < 0 && r != -ENOMEM)
                return refuse(reterr_why, r, "network '%s': plugin '%s': %s", a->network->name, type,
                              why ? why : strerror(-r));

        return r;
}

static int add_by(Attachment *a, size_t i, const PluginCall *with, CniResult **result, char **reterr_why) {
        _cleanup_(cni_result_freep) CniResult *next = NULL;
        _cleanup_free_ char *output = NULL, *why = NULL;

        int r = call(a, i, with, *result, &output, reterr_why);
        if (r < 0)
                return r;
        r = cni_result_parse(output, strlen(output), &next, &why);
        if (r < 0)
                return refuse(reterr_why, r,
                              "network '%s': plugin '%s' has answered with what is no result: %s",
                              a->network->name, a->network->plugins[i].type, why ? why : strerror(-r));

        cni_result_free(*result);
        *result = TAKE_PTR(next);
        return 0;
}

int attachment_add(Attachment *a, const char *uuid, char **reterr_why) {
        const PluginCall with = { "ADD", uuid, a->namespace, a->interface, a->arguments };
        _cleanup_(cni_result_freep) CniResult *result = NULL;
        int r = 0;

        for (size_t i = 0; r >= 0 && i < a->network->n_plugins; i++)
                r = add_by(a, i, &with, &result, reterr_why);
        if (r < 0)
                return r;

        a->result = TAKE_PTR(result);
        return 0;
}

int attachment_remove(const Attachment *a, const char *uuid, const char *namespace, char **reterr_why) {
        const PluginCall with = { "DEL", uuid, namespace, a->interface, a->arguments };
        int result = 0;

        for (size_t i = a->network->n_plugins; i > 0; i--) {
                _cleanup_free_ char *output = NULL, *why = NULL;

                int r = call(a, i - 1, &with, a->result, &output, result < 0 ? &why : reterr_why);
                result = result < 0 ? result : r;
        }

        return result;
}

/* Whether a plugin is content. Versions before 0.4.0 know no such question, and some answer it wrongly: portmap is never content in a
 * network without IPv6. Then it does its part again in vain. */
static bool check(const Attachment *a, size_t i, const char *uuid, char **reterr_why) {
        const PluginCall with = { "CHECK", uuid, a->namespace, a->interface, a->arguments };
        _cleanup_free_ char *output = NULL;

        return !startswith(a->network->version, "0.3.") &&
               call(a, i, &with, a->result, &output, reterr_why) >= 0;
}

static int renew_by(const Attachment *a, size_t i, const char *uuid, char **reterr_why) {
        PluginCall with = { "DEL", uuid, a->namespace, a->interface, a->arguments };
        _cleanup_free_ char *taken = NULL, *output = NULL;

        (void) call(a, i, &with, a->result, &taken, NULL);
        with.command = "ADD";
        return call(a, i, &with, a->result, &output, reterr_why);
}

/* The first one has made the interface, which would go with it. */
int attachment_renew(const Attachment *a, const char *uuid, char **reterr_why) {
        int renewed = 0;

        if (a->network->version[0] != '0' && !check(a, 0, uuid, reterr_why))
                return -ENOLINK;
        for (size_t i = 1; i < a->network->n_plugins; i++) {
                if (check(a, i, uuid, NULL))
                        continue;
                int r = renew_by(a, i, uuid, reterr_why);
                if (r < 0)
                        return r;
                renewed = 1;
        }

        return renewed;
}
