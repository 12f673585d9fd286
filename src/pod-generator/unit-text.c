/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: how a pod file's settings are spelt in unit files.
 * Never: writes a file.
 * Follows: systemd.unit(5), systemd.service(5), systemd.socket(5). */

#include <stdio.h>

#include "basic/fd.h"
#include "basic/signals.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "image/reference.h"
#include "pod-generator/unit-text.h"
#include "pod/oci-app.h"
#include "pod/pod-start.h"

/* What is not meant for systemd's specifiers. */
static void put_plain(FILE *out, const char *text) {
        for (; *text; text++) {
                if (*text == '%')
                        (void) putc('%', out);
                (void) putc(*text, out);
        }
}

static void put_setting(FILE *out, const char *key, const char *value) {
        fprintf(out, "%s=", key);
        put_plain(out, value);
        (void) putc('\n', out);
}

/* NAME=VALUE as one word. */
static void put_word(FILE *out, const char *key, const char *name, const char *value) {
        fprintf(out, "%s=\"%s=", key, name);
        for (; *value; value++) {
                if (*value == '"' || *value == '\\')
                        (void) putc('\\', out);
                put_plain(out, (char[]) { *value, '\0' });
        }
        fputs("\"\n", out);
}

static void put_lines(FILE *out, const PodFile *f, const char *section) {
        for (size_t i = 0; i < f->n_lines; i++)
                if (streq(f->lines[i].section, section))
                        fprintf(out, "%s=%s\n", f->lines[i].key, f->lines[i].value);
}

/* systemctl compares the time of the source with that of what was made of it, and says when a reload is due. */
static void put_origin(FILE *out, const PodFile *f, const char *what) {
        fputs("# Written by gantry-generator\n[Unit]\n", out);
        fprintf(out, "Description=%s ", what);
        put_plain(out, f->name.name);
        (void) putc('\n', out);
        put_setting(out, "SourcePath", f->files[0]);
}

static void put_dependencies(FILE *out, const PodFile *f) {
        if (f->settings->sockets)
                fprintf(out, "Requires=gantry@%s.socket\nAfter=gantry@%s.socket\n", f->name.name,
                        f->name.name);
        /* What could not be asked for may not be started, else what is there will do. */
        if (streq_ptr(f->settings->pull, "always"))
                fprintf(out, "Requires=gantry-fetch@%s.service\n", f->name.name);
        put_lines(out, f, "Unit");
}

/* What the app will be called; NULL if that is known only when the image is there. */
static int name_app(const char *image, char **ret) {
        _cleanup_reference_ Reference *reference = NULL;
        _cleanup_free_ char *name = NULL;

        int r = reference_parse(image, &reference, /* reterr_why= */ NULL);
        if (r >= 0)
                r = reference_name(reference, &name);
        if (r >= 0)
                return pod_app_name(name, ret);

        *ret = NULL;
        return r == -ENOMEM ? r : 0;
}

/* As pod/log-fields.h, but what is not known yet; the UUID is the invocation ID, which each entry has. */
static int put_log_fields(FILE *out, const PodSettings *s) {
        _cleanup_free_ char *app = NULL;

        int r = name_app(s->image, &app);
        if (r < 0)
                return r;

        put_word(out, "LogExtraFields", "POD_NAME", s->name);
        put_word(out, "LogExtraFields", "CONTAINER_NAME", s->name);
        if (app)
                put_word(out, "LogExtraFields", "APP_NAME", app);
        put_word(out, "LogExtraFields", "IMAGE_NAME", s->image);
        return 0;
}

static int put_service(FILE *out, const PodFile *f) {
        _cleanup_strv_ char **properties = NULL;

        fputs("\n[Service]\n", out);
        put_word(out, "Environment", POD_START_FINGERPRINT, f->fingerprint);
        int r = put_log_fields(out, f->settings);
        if (r >= 0)
                r = pod_settings_unit_properties(f->settings, &properties);
        if (r < 0)
                return r;

        if (f->settings->stop_signal)
                fprintf(out, "SuccessExitStatus=%d\n", 128 + signal_parse(f->settings->stop_signal));
        STRV_FOREACH(property, properties) {
                put_plain(out, *property);
                (void) putc('\n', out);
        }
        put_lines(out, f, "Service");

        return 0;
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
        int r = 0;

        FILE *out = open_memstream(&text, &size);
        if (!out)
                return -ENOMEM;

        put_origin(out, f, "Pod");
        if (f->n_problems == 0) {
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
        _cleanup_free_ char *text = NULL;
        size_t size;

        FILE *out = open_memstream(&text, &size);
        if (!out)
                return -ENOMEM;

        put_origin(out, f, "Sockets of pod");
        fputs("\n[Socket]\n", out);
        STRV_FOREACH(socket, f->settings->sockets) {
                put_plain(out, *socket);
                (void) putc('\n', out);
        }
        int r = finish(out, 0);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(text);
        return 0;
}
