/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: units of pods that nobody starts, for test-services.sh to show them to systemd.
 * Never: checks what it writes.
 * Follows: pod/service.h, pod/unit-text.h.
 *
 * Usage: write-units POD DIRECTORY            the units of that pod manifest, as a stage would write them
 *        write-units --texts PROGRAM DIRECTORY <TEXTS   units of texts, each with a NUL behind it: texts.service calls PROGRAM with
 *                                              them, text-N.service has the Nth in its description */

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "pod/service.h"
#include "pod/unit-text.h"

#define INPUT_MAX ((size_t) 4 * 1024 * 1024)

_noreturn_ static void die(const char *what, const char *why) {
        fprintf(stderr, "%s: %s\n", what, why);
        exit(EXIT_FAILURE);
}

static void check(const char *what, int r, const char *why) {
        if (r < 0)
                die(what, why ? why : strerror(-r));
}

static void write_file(const char *directory, const char *name, const char *text) {
        _cleanup_free_ char *path = NULL;

        check(name, str_printf(&path, "%s/%s", directory, name), NULL);
        check(path, file_create_at(AT_FDCWD, path, text, strlen(text), 0644), NULL);
}

static void write_app(const AppcPod *pod, const AppcPodApp *app, const char *directory) {
        _cleanup_free_ char *name = NULL, *text = NULL, *why = NULL;

        check(app->name, service_unit_name(app->name, &name), NULL);
        int r = service_unit(pod, app, &(ServiceSpec) { .disk = "/dev/block/8:0" }, &text, &why);
        check(name, r, why);
        write_file(directory, name, text);
}

static void write_pod(const char *path, const char *directory) {
        _cleanup_(appc_pod_freep) AppcPod *pod = NULL;
        _cleanup_free_ char *text = NULL, *why = NULL;
        _cleanup_blob_ Blob json = {};

        check(path, file_read_at(AT_FDCWD, path, INPUT_MAX, &json), NULL);
        int r = appc_pod_parse(json.data, json.size, &pod, &why);
        check(path, r, why);
        r = pod_check_apps(pod, &why);
        check(path, r, why);
        for (size_t i = 0; i < pod->n_apps; i++)
                write_app(pod, &pod->apps[i], directory);
        check(path, service_target(pod, &text), NULL);
        write_file(directory, "default.target", text);
        write_file(directory, SERVICE_ALIVE, service_alive);
}

static void put_environment(FILE *f, size_t i, const char *text) {
        _cleanup_free_ char *variable = NULL, *word = NULL;
        size_t size;

        check(text, str_printf(&variable, "TEXT_%zu=%s", i, text), NULL);
        FILE *line = open_memstream(&word, &size);
        int r = unit_put_word(line, variable);
        fclose(line);
        if (r >= 0)
                fprintf(f, "Environment=%s\n", word);
}

static void write_description(const char *directory, size_t i, const char *text) {
        _cleanup_free_ char *unit = NULL, *name = NULL;
        size_t size;

        FILE *f = open_memstream(&unit, &size);
        fputs("[Unit]\nDescription=", f);
        int r = unit_put_plain(f, text);
        fputs("\n[Service]\nExecStart=/bin/true\n", f);
        fclose(f);
        check(text, str_printf(&name, "text-%zu.service", i), NULL);
        if (r >= 0)
                write_file(directory, name, unit);
}

static void write_texts(const char *program, const char *directory) {
        _cleanup_free_ char *unit = NULL;
        _cleanup_blob_ Blob texts = {};
        size_t size, n = 0;

        check("standard input", fd_read_blob(STDIN_FILENO, INPUT_MAX, &texts), NULL);
        FILE *f = open_memstream(&unit, &size);
        fprintf(f, "[Service]\nType=oneshot\nExecStart=%s\n", program);
        for (const char *p = texts.data; p < (const char *) texts.data + texts.size; p += strlen(p) + 1) {
                put_environment(f, n, p);
                write_description(directory, n++, p);
        }
        fclose(f);
        write_file(directory, "texts.service", unit);
}

int main(int argc, char **argv) {
        if (argc == 4 && streq(argv[1], "--texts"))
                write_texts(argv[2], argv[3]);
        else if (argc == 3)
                write_pod(argv[1], argv[2]);
        else
                die("write-units", "what of?");

        return EXIT_SUCCESS;
}
