/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: running plugins of CNI.
 * Never: lets one inherit anything of this process's but standard error, or wait for ever.
 * Follows: CNI 1.0.0, SPEC.md, section 2. */

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/process.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "cni/result.h"
#include "network/plugin.h"

#define PLUGIN_SECONDS 30U
#define PLUGIN_ANSWER_MAX (1024U * 1024U)

/* Where it is by the specification, and where Debian has it. */
#define PLUGIN_PATH "/opt/cni/bin:/usr/lib/cni"

int plugin_find(const char *type, char **ret, char **reterr_why) {
        static const char *const directories[] = { "/opt/cni/bin", "/usr/lib/cni" };

        for (size_t i = 0; i < ELEMENTSOF(directories); i++) {
                _cleanup_free_ char *path = NULL;

                int r = str_printf(&path, "%s/%s", directories[i], type);
                if (r < 0)
                        return r;
                if (access(path, X_OK) >= 0) {
                        *ret = TAKE_PTR(path);
                        return 0;
                }
        }

        return refuse(reterr_why, -ENOENT,
                      "there is no plugin '%s' in " PLUGIN_PATH
                      "; install containernetworking-plugins, or it",
                      type);
}

/* Nothing but this: and PATH, for plugins have programs of their own, such as iptables. */
static int make_environment(const PluginCall *call, char ***ret) {
        _cleanup_strv_ char **e = NULL;

        int r = strv_add(&e, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        if (r >= 0)
                r = strv_add(&e, "CNI_PATH=" PLUGIN_PATH);
        if (r >= 0)
                r = strv_addf(&e, "CNI_COMMAND=%s", call->command);
        if (r >= 0)
                r = strv_addf(&e, "CNI_CONTAINERID=%s", call->container);
        if (r >= 0)
                r = strv_addf(&e, "CNI_NETNS=%s", call->namespace);
        if (r >= 0)
                r = strv_addf(&e, "CNI_IFNAME=%s", call->interface);
        if (r >= 0 && call->arguments) /* each is for one of them */
                r = strv_addf(&e, "CNI_ARGS=IgnoreUnknown=1;%s", call->arguments);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(e);
        return 0;
}

static int refuse_end(int r, const char *output, char **reterr_why) {
        _cleanup_free_ char *said = NULL;

        if (r == -ETIMEDOUT)
                return refuse(reterr_why, r, "it has not answered within %u s", PLUGIN_SECONDS);
        if (r == -EFBIG)
                return refuse(reterr_why, r, "it answers with more than %u bytes", PLUGIN_ANSWER_MAX);
        if (r < 0)
                return refuse(reterr_why, r, "it cannot be run: %s", strerror(-r));
        if (cni_error_parse(output, strlen(output), &said) >= 0)
                return refuse(reterr_why, -EREMOTEIO, "%s", said);

        return refuse(reterr_why, -EREMOTEIO, "it ended with status %d and has not said why", r);
}

int plugin_call(const char *type, const PluginCall *call, const Blob *input, char **ret, char **reterr_why) {
        _cleanup_strv_ char **environment = NULL;
        _cleanup_free_ char *path = NULL, *output = NULL;

        int r = plugin_find(type, &path, reterr_why);
        if (r >= 0)
                r = make_environment(call, &environment);
        if (r < 0)
                return r;
        _cleanup_close_ int in = memory_file("cni-input", input->data, input->size);
        if (in < 0)
                return in;

        r = process_capture(
                        &(Spawn) {
                                        .argv = (char *[]) { path, NULL },
                                        .environment = environment,
                                        .in = in,
                                        .out = -EBADF,
                                        .err = -EBADF,
                                        .timeout = PLUGIN_SECONDS,
                        },
                        PLUGIN_ANSWER_MAX, &output);
        if (r != 0)
                return refuse_end(r, output ? output : "", reterr_why);

        *ret = TAKE_PTR(output);
        return 0;
}
