/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: finding pods for the tools of this folder, with the words they use when there is none.
 * Never: acts on a pod.
 * Follows: docs/ARCHITECTURE.md, "The life of a pod". */

#include <fcntl.h>

#include "basic/cli.h"
#include "basic/fd.h"
#include "basic/log.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "pod-tool/pod-tool.h"
#include "pod/pod-manifest.h"

int pod_tool_open(Store **ret) {
        _cleanup_(store_closep) Store *s = NULL;

        int r = store_open(cli_root, 0, &s);
        if (r < 0)
                return log_error_errno(r, "Cannot open the store '%s': %s", cli_root,
                                       store_strerror(cli_root, r).text);
        if (store_pods_fd(s) < 0)
                return log_error_errno(store_pods_fd(s),
                                       "Cannot look at the pods of '%s': %m; they are root's", cli_root);

        *ret = TAKE_PTR(s);
        return 0;
}

int pod_tool_find(Store *s, const char *name, PodDir *ret) {
        int r = pod_dir_find(store_pods_fd(s), name, ret);
        if (r == -ENOENT)
                return log_error_errno(
                                r, "Cannot find pod '%s': no pod has this name or UUID; see 'gantry list'",
                                name);
        if (r == -ENOTUNIQ)
                return log_error_errno(r, "Cannot tell which pod '%s' is: several UUIDs begin so", name);
        if (r < 0)
                return log_error_errno(r, "Cannot find pod '%s': %m", name);

        return 0;
}

int pod_tool_one(char *const *names, PodDir *ret) {
        _cleanup_(store_closep) Store *s = NULL;

        if (strv_length(names) != 1) {
                log_error("Which pod? Name one; see 'gantry list'");
                return -EINVAL;
        }

        int r = pod_tool_open(&s);
        if (r >= 0)
                r = pod_tool_find(s, names[0], ret);

        return r;
}

int pod_tool_each(char *const *names, int (*act)(Store *s, const char *name)) {
        _cleanup_(store_closep) Store *s = NULL;
        int result = 0;

        if (strv_length(names) == 0) {
                log_error("Which pod? Name at least one; see 'gantry list'");
                return -EINVAL;
        }

        int r = pod_tool_open(&s);
        if (r < 0)
                return r;

        STRV_FOREACH(name, names) {
                r = act(s, *name);
                if (r < 0 && result >= 0)
                        result = r;
        }

        return result;
}

int pod_tool_apps(const PodDir *p, char ***ret) {
        _cleanup_(appc_pod_freep) AppcPod *manifest = NULL;
        _cleanup_strv_ char **apps = NULL;

        int r = pod_manifest_read(p, &manifest, NULL);
        for (size_t i = 0; r >= 0 && i < manifest->n_apps; i++)
                r = strv_add(&apps, manifest->apps[i].name);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(apps);
        return 0;
}

int pod_tool_open_app(const PodDir *p, const char *app) {
        _cleanup_free_ char *path = NULL;

        int r = str_printf(&path, "apps/%s", app);
        return r < 0 ? r : open_beneath(p->fd, path, O_RDONLY | O_DIRECTORY);
}

int pod_tool_choose_app(const PodDir *p, const char *app, char **ret) {
        _cleanup_strv_ char **apps = NULL;
        _cleanup_free_ char *list = NULL;

        int r = pod_tool_apps(p, &apps);
        if (r >= 0)
                r = strv_join(apps, ", ", &list);
        if (r < 0)
                return log_error_errno(r, "Cannot read the manifest of pod '%s': %m", p->name);
        if (app && !strv_contains(apps, app)) {
                _cleanup_free_ char *shown = str_escape(app, strlen(app), 64);
                return log_error_errno(-ENOENT, "Cannot find app '%s': pod '%s' has no such app, only %s",
                                       shown, p->name, list);
        }
        if (!app && strv_length(apps) != 1)
                return log_error_errno(-ENOTUNIQ, "Which app of pod '%s'? Name one with --app=: %s", p->name,
                                       list);

        return str_copy(app ? app : apps[0], ret);
}
