/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: how a pod file's settings are spelt in unit files.
 * Never: writes a file.
 * Follows: systemd.unit(5), systemd.service(5), systemd.socket(5). */

#include <stdio.h>

#include "basic/fd.h"
#include "basic/signals.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "pod-generator/unit-text.h"
#include "pod/network-kind.h"
#include "pod/pod-start.h"
#include "pod/stage1-kind.h"
#include "pod/unit-text.h"

static int put_line(FILE *out, const char *assignment) {
        int r = unit_put_plain(out, assignment);
        (void) putc('\n', out);
        return r;
}

static int put_setting(FILE *out, const char *key, const char *value) {
        fprintf(out, "%s=", key);
        int r = unit_put_plain(out, value);
        (void) putc('\n', out);
        return r;
}

/* NAME=VALUE as one word. */
static int put_word(FILE *out, const char *key, const char *name, const char *value) {
        _cleanup_free_ char *assignment = NULL;

        int r = str_printf(&assignment, "%s=%s", name, value);
        if (r < 0)
                return r;

        fprintf(out, "%s=", key);
        r = unit_put_word(out, assignment);
        (void) putc('\n', out);
        return r;
}

static void put_lines(FILE *out, const PodFile *f, const char *section) {
        for (size_t i = 0; i < f->n_lines; i++)
                if (streq(f->lines[i].section, section))
                        fprintf(out, "%s=%s\n", f->lines[i].key, f->lines[i].value);
}

/* systemctl compares the time of the source with that of what was made of it, and says when a reload is due. */
static int put_origin(FILE *out, const PodFile *f, const char *what) {
        fprintf(out, "# Written by gantry-generator\n[Unit]\nDescription=%s ", what);
        int r = unit_put_plain(out, f->name.name);
        (void) putc('\n', out);

        return r < 0 ? r : put_setting(out, "SourcePath", f->files[0]);
}

/* A pod does not outlive the one in whose network it is, which is that of another pod file. */
static void put_other_pod(FILE *out, const PodSettings *s) {
        const char *other = s->networks ? network_pod(s->networks[0]) : NULL;

        if (other)
                fprintf(out, "BindsTo=gantry@%s.service\nAfter=gantry@%s.service\n", other, other);
}

static void put_dependencies(FILE *out, const PodFile *f) {
        bool always = false;

        for (size_t i = 0; i < f->settings->n_apps; i++)
                always = always || streq_ptr(f->settings->apps[i]->pull, "always");
        if (pod_settings_has_sockets(f->settings))
                fprintf(out, "Requires=gantry@%s.socket\nAfter=gantry@%s.socket\n", f->name.name,
                        f->name.name);
        /* What could not be asked for may not be started, else what is there will do. */
        if (always)
                fprintf(out, "Requires=gantry-fetch@%s.service\n", f->name.name);
        put_other_pod(out, f->settings);
        put_lines(out, f, "Unit");
}

/* As pod/log-fields.h, but what is not known yet; the UUID is the invocation ID, which each entry has. */
static int put_log_fields(FILE *out, const PodSettings *s) {
        _cleanup_free_ char *app = NULL;

        int r = put_word(out, "LogExtraFields", "POD_NAME", s->name);
        if (r >= 0)
                r = put_word(out, "LogExtraFields", "CONTAINER_NAME", s->name);
        if (r < 0 || s->n_apps != 1)
                return r;

        r = app_settings_name(s->apps[0], &app);
        if (r >= 0 && app)
                r = put_word(out, "LogExtraFields", "APP_NAME", app);

        return r < 0 ? r : put_word(out, "LogExtraFields", "IMAGE_NAME", s->apps[0]->image);
}

/* A pod that ended so was asked to. */
static void put_stop_signals(FILE *out, const PodSettings *s) {
        for (size_t i = 0; i < s->n_apps; i++)
                if (s->apps[i]->stop_signal)
                        fprintf(out, "SuccessExitStatus=%d\n", 128 + signal_parse(s->apps[i]->stop_signal));
}

static int put_service(FILE *out, const PodFile *f) {
        _cleanup_strv_ char **properties = NULL;

        fputs("\n[Service]\n", out);
        int r = put_word(out, "Environment", POD_START_FINGERPRINT, f->fingerprint);
        if (r >= 0)
                r = put_log_fields(out, f->settings);
        if (r >= 0)
                r = pod_settings_unit_properties(f->settings, &properties);
        if (r >= 0)
                r = stage1_unit_properties(f->settings->stage1, &properties);
        if (r < 0)
                return r;

        put_stop_signals(out, f->settings);
        STRV_FOREACH(property, properties)
                if (r >= 0)
                        r = unit_put_property(out, *property);
        put_lines(out, f, "Service");

        return r;
}

static int finish(FILE *out, int r) {
        if (r >= 0 && ferror(out))
                r = -ENOMEM;
        if (fclose(out) == EOF && r >= 0)
                r = -ENOMEM;

        return r;
}

int unit_text_service(const PodFile *f, char **ret) {
        _cleanup_free_ char *text = NULL;
        size_t size;

        FILE *out = open_memstream(&text, &size);
        if (!out)
                return -ENOMEM;

        int r = put_origin(out, f, "Pod");
        if (r >= 0 && f->n_problems == 0) {
                put_dependencies(out, f);
                r = put_service(out, f);
        }
        r = finish(out, r);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(text);
        return 0;
}

int unit_text_socket(const PodFile *f, char **ret) {
        _cleanup_strv_ char **sockets = NULL;
        _cleanup_free_ char *text = NULL;
        size_t size;

        int r = pod_settings_sockets(f->settings, &sockets);
        if (r < 0)
                return r;
        FILE *out = open_memstream(&text, &size);
        if (!out)
                return -ENOMEM;

        r = put_origin(out, f, "Sockets of pod");
        fputs("\n[Socket]\n", out);
        STRV_FOREACH(socket, sockets)
                if (r >= 0)
                        r = put_line(out, *socket);
        r = finish(out, r);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(text);
        return 0;
}
