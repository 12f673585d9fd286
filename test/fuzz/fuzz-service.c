/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: pod/service under any pod manifest: what comes of it is a unit file and says nothing but what it should.
 * Never: looks at the values that a property has of its own.
 * Follows: pod/service.h. */

#include "../unit/unit-file.h"
#include "fuzz.h"
#include "pod/service.h"

/* What only the writer may say, and how often. */
static const char *const once[] = {
        "Service ExecStart",        "Service Type",     "Service KillMode",         "Service NotifyAccess",
        "Unit DefaultDependencies", "Unit Description", "Service SyslogIdentifier",
};

/* What nobody may. */
static const char *const never[] = {
        "Service User",          "Service Environment",   "Service ExecStartPost", "Service ExecStop",
        "Service ExecReload",    "Service ExecCondition", "Service RootImage",     "Service PrivateUsers",
        "Service RootDirectory", "Service BindPaths",     "Unit OnFailure",        "Install WantedBy",
};

static size_t count(char *const *lines, const char *key) {
        size_t n = 0, length = strlen(key);

        STRV_FOREACH(line, lines)
                n += strncmp(*line, key, length) == 0 && (*line)[length] == '=';
        return n;
}

static void check_unit(const AppcPodApp *app, const char *text) {
        _cleanup_strv_ char **lines = unit_file_lines(text);
        _cleanup_free_ char *command = NULL;

        fuzz_check(lines);
        for (size_t i = 0; i < ELEMENTSOF(once); i++)
                fuzz_check(count(lines, once[i]) == 1);
        for (size_t i = 0; i < ELEMENTSOF(never); i++)
                fuzz_check(count(lines, never[i]) == 0);
        fuzz_check(str_printf(&command, "/apps/%s/gantry/init app /apps/%s", app->name, app->name) == 0);
        fuzz_check(streq(unit_file_value(lines, "Service ExecStart"), command));
        fuzz_check(count(lines, "Service ExecStartPre") == (app->app->pre_start ? 1 : 0));
        fuzz_check(count(lines, "Service ExecStopPost") == (app->app->post_stop ? 1 : 0));
}

static void try_app(const AppcPod *pod, const AppcPodApp *app) {
        _cleanup_free_ char *text = NULL, *why = NULL;

        int r = service_unit(pod, app, &(ServiceSpec) { .disk = "/dev/block/8:0" }, &text, &why);
        fuzz_check(r == 0 || (r == -EINVAL && why && !text));
        if (r == 0)
                check_unit(app, text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(appc_pod_freep) AppcPod *pod = NULL;
        _cleanup_free_ char *why = NULL, *text = NULL;

        if (appc_pod_parse(data, size, &pod, NULL) < 0)
                return 0;
        int r = pod_check_apps(pod, &why);
        fuzz_check(r == 0 || (r == -EINVAL && why));
        if (r < 0)
                return 0;

        fuzz_check(service_target(pod, &text) == 0);
        _cleanup_strv_ char **lines = unit_file_lines(text);
        fuzz_check(count(lines, "Unit Wants") == pod->n_apps);
        for (size_t i = 0; i < pod->n_apps; i++)
                if (pod->apps[i].app)
                        try_app(pod, &pod->apps[i]);

        return 0;
}
