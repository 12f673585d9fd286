/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what nspawn is told about a pod: at first what is known of it, and when it has been put together what was mounted.
 * Never: knows what was mounted, and why.
 * Follows: systemd-nspawn(1), systemd.nspawn(5). */

#include "basic/str.h"
#include "basic/strv.h"
#include "nspawn-stage1/boot.h"
#include "nspawn-stage1/command.h"
#include "pod/nspawn.h"
#include "pod/service.h"

int command_make(const Stage *s, char ***ret) {
        const NspawnSpec spec = {
                .machine = s->pod.name,
                .uuid = s->pod.uuid,
                .hostname = stage_hostname(s),
                .root = s->root,
                .uid_base = s->uid_base,
                .process_label = s->labels.process,
                .file_label = s->labels.file,
                .further = s->nspawn,
        };

        return s->boots ? nspawn_argv_boot(&spec, s->manifest, ret)
                        : nspawn_argv(&spec, s->manifest, s->apps[0].app, ret);
}

/* Owned by the caller, with `*ret_sources`, which it borrows from. */
static int make_binds(const StageBind *list, size_t n, const char *place, NspawnBind **ret,
                      char ***ret_sources) {
        _cleanup_free_ NspawnBind *binds = calloc(n, sizeof(NspawnBind));
        _cleanup_strv_ char **sources = NULL;

        if (!binds)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++) {
                int r = strv_addf(&sources, "%s/%s", place, list[i].name);
                if (r < 0)
                        return r;
                binds[i] = (NspawnBind) { sources[i], list[i].target, list[i].read_only };
        }

        *ret = TAKE_PTR(binds);
        *ret_sources = TAKE_PTR(sources);
        return 0;
}

/* What boot_make() has made. */
static const StageBind of_boot[] = {
        { (char *) "apps", (char *) SERVICE_APPS, false },
        { (char *) BOOT_UNITS, (char *) "/etc/systemd/system", true },
        { (char *) BOOT_MACHINE_ID, (char *) "/etc/machine-id", true },
};

int command_settings(const Stage *s, Blob *ret) {
        const StageApp *alone = &s->apps[0];
        _cleanup_free_ NspawnBind *binds = NULL;
        _cleanup_strv_ char **sources = NULL;
        size_t n = s->boots ? ELEMENTSOF(of_boot) : alone->n_binds;

        int r = s->boots ? make_binds(of_boot, n, s->place, &binds, &sources)
                         : make_binds(alone->binds, n, alone->place, &binds, &sources);

        return r < 0 ? r : nspawn_settings(binds, n, s->boots, ret);
}
