/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the drop-in that tells systemd what images ask for by isolators. The generator cannot know: it looks at no image.
 * Never: outdoes the pod file, an administrator's drop-in or `systemctl set-property`: all of these come later.
 * Follows: systemd.unit(5), systemd.resource-control(5); App Container spec 0.8.11, ace.md, "Resource Isolators". */

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/log.h"
#include "basic/process.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "image/appc-pod.h"
#include "pod-start/image-limits.h"
#include "pod/annotation-list.h"
#include "pod/annotations.h"
#include "pod/machine-size.h"
#include "pod/machine.h"
#include "pod/pod-manifest.h"
#include "pod/unit-text.h"

#define DROP_IN "05-image.conf" /* before the generator's, 10-pod.conf */

/* What the pod's manifest says of its unit, and the pod file does not. */
static int find_limits(const PodFile *f, const PodDir *p, char ***ret) {
        _cleanup_strv_ char **all = NULL, **asked = NULL, **limits = NULL;
        _cleanup_(appc_pod_freep) AppcPod *pod = NULL;

        int r = pod_manifest_read(p, &pod, /* reterr_why= */ NULL);
        if (r >= 0)
                r = annotation_list(&pod->annotations, ANNOTATION_UNIT_PROPERTIES, &all);
        if (r >= 0)
                r = pod_settings_unit_properties(f->settings, &asked);
        STRV_FOREACH(property, all)
                if (r >= 0 && !strv_contains(asked, *property))
                        r = strv_add(&limits, *property);
        if (r >= 0 && limits && pod_is_virtual_machine(pod))
                r = machine_unit_properties(&limits);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(limits);
        return 0;
}

/* *ret is "" if there is nothing to say. */
static int make_text(char *const *limits, char **ret) {
        _cleanup_free_ char *text = NULL;
        size_t size;
        int r = 0;

        FILE *out = open_memstream(&text, &size);
        if (!out)
                return -ENOMEM;
        if (limits)
                fputs("# Written by pod-start: what the image asks for\n[Service]\n", out);
        STRV_FOREACH(limit, limits)
                if (r >= 0)
                        r = unit_put_property(out, *limit);
        if (fclose(out) == EOF && r >= 0)
                r = -ENOMEM;
        if (r < 0)
                return r;

        *ret = TAKE_PTR(text);
        return 0;
}

/* -ENOENT: it is not there, and is to be made only for what is written into it. */
static int open_directory(const char *unit, bool make) {
        _cleanup_free_ char *path = NULL;

        int r = str_printf(&path, "/run/systemd/system/%s.d", unit);
        if (r >= 0 && make)
                r = mkdir_parents(path, 0755);
        if (r < 0)
                return r;

        int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

/* 1: systemd does not know yet. */
static int write_text(const char *unit, const char *text) {
        _cleanup_blob_ Blob known = {};
        bool needed = text[0] != '\0';

        _cleanup_close_ int directory = open_directory(unit, needed);
        int r = directory < 0 ? directory : file_read_at(directory, DROP_IN, APPC_DOCUMENT_MAX, &known);
        if (r == -ENOENT && !needed)
                return 0;
        if (r < 0 && r != -ENOENT)
                return r;
        if (r >= 0 && streq(known.data, text))
                return 0;

        if (needed)
                r = file_publish_at(directory, DROP_IN, text, strlen(text), 0644, /* replace= */ true);
        else
                r = unlinkat(directory, DROP_IN, 0) < 0 ? -errno : 0;
        return r < 0 ? r : 1;
}

/* It is asked to read its files again while it waits for this unit, which it does as at any other time. */
static int reload(void) {
        int r = process_run(&(Spawn) {
                        .argv = (char *[]) { (char *) "systemctl", (char *) "daemon-reload", NULL },
                        .in = -EBADF,
                        .out = -EBADF,
                        .err = -EBADF,
        });

        return r > 0 ? -EIO : r;
}

int image_limits_apply(const PodFile *f, const PodDir *p) {
        _cleanup_strv_ char **limits = NULL;
        _cleanup_free_ char *text = NULL;

        int r = find_limits(f, p, &limits);
        if (r >= 0)
                r = make_text(limits, &text);
        if (r >= 0)
                r = write_text(f->name.unit, text);
        if (r > 0)
                r = reload();
        if (r < 0)
                return log_error_errno(r, "Cannot tell systemd of the limits of pod '%s': %m", p->name);

        return 0;
}
