/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: cni/configuration and cni/result under any document.
 * Never: runs a plugin.
 * Follows: cni/configuration.h, cni/result.h. */

#include "cni/configuration.h"
#include "cni/result.h"
#include "fuzz.h"

/* What is kept of a network is the same network. */
static void check_network(const CniConfiguration *c) {
        _cleanup_(cni_configuration_freep) CniConfiguration *again = NULL;

        fuzz_check(c->n_plugins > 0 && c->n_plugins <= CNI_PLUGINS_MAX);
        fuzz_check(cni_configuration_decode(c->document, &again, NULL) == 0);
        fuzz_check(again->n_plugins == c->n_plugins);
        for (size_t i = 0; i < c->n_plugins; i++) {
                _cleanup_blob_ Blob input = {};

                fuzz_check(!strchr(c->plugins[i].type, '/'));
                fuzz_check(cni_configuration_input(c, i, c->document, c->document, &input) == 0);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(cni_configuration_freep) CniConfiguration *c = NULL;
        _cleanup_(cni_result_freep) CniResult *result = NULL;
        _cleanup_free_ char *why = NULL, *not_result = NULL, *said = NULL;

        int r = cni_configuration_parse(data, size, &c, &why);
        fuzz_check(r == 0 || (r == -EBADMSG && why));
        if (r == 0)
                check_network(c);

        r = cni_result_parse(data, size, &result, &not_result);
        fuzz_check(r == 0 || (r == -EBADMSG && not_result));
        r = cni_error_parse(data, size, &said);
        fuzz_check(r == 0 || r == -EBADMSG);
        return 0;
}
