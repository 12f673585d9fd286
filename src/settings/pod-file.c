/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: reading pod files: which files are one, which keys belong into which section.
 * Never: knows what a key of a pod means (settings do); stops at the first thing that is wrong.
 * Follows: gantry.pod(5). */

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "basic/conf.h"
#include "basic/fd.h"
#include "basic/ini.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "image/hasher.h"
#include "image/reference.h"
#include "settings/pod-file-unit.h"
#include "settings/pod-file.h"
#include "settings/setting-values.h"

#define DIRECTORY "pods"
#define SUFFIX ".pod"
#define FILE_MAX (64 * 1024U)

PodFile *pod_file_free(PodFile *f) {
        if (!f)
                return NULL;

        for (size_t i = 0; i < f->n_lines; i++)
                pod_file_line_done(&f->lines[i]);
        for (size_t i = 0; i < f->n_problems; i++) {
                free(f->problems[i].file);
                free(f->problems[i].why);
        }
        free(f->lines);
        free(f->problems);
        pod_settings_free(f->settings);
        strv_free(f->files);
        pod_file_name_done(&f->name);
        free(f);
        return NULL;
}

int pod_file_problem(const PodFile *f, size_t i, char **ret) {
        const PodFileProblem *p = &f->problems[i];
        return str_printf(ret, "%s:%u: %s", p->file, p->line, p->why);
}

/* A pod file while it is read. */
typedef struct Reading {
        PodFile *pod;
        uint64_t fingerprint;
        const char *file;        /* one of its files, which is read now */
        char **sections;         /* [App…] ones that this file has had */
        const char *blamed_file; /* from this line on its settings contradict each other; NULL: they do not */
        unsigned blamed_line;
} Reading;

static int add_problem(PodFile *f, const char *file, unsigned line, const char *why) {
        PodFileProblem p = { .line = line };

        PodFileProblem *more = reallocarray(f->problems, f->n_problems + 1, sizeof(PodFileProblem));
        if (!more)
                return -ENOMEM;
        f->problems = more;

        if (str_copy(file, &p.file) < 0 || str_copy(why, &p.why) < 0) {
                free(p.file);
                return -ENOMEM;
        }

        f->problems[f->n_problems++] = p;
        return 0;
}

static int complain(unsigned line, const char *why, void *userdata) {
        const Reading *r = userdata;
        return add_problem(r->pod, r->file, line, why);
}

/* "web" of "App web", "" of "App", NULL of others. */
static const char *app_of_section(const char *section) {
        const char *rest = startswith(section, "App");

        if (!rest || (*rest != '\0' && *rest != ' '))
                return NULL;
        return rest + strspn(rest, " ");
}

/* The one of [App] has no name from its section. */
static AppSettings *find_app(const PodFile *f, const char *name) {
        for (size_t i = 0; i < f->settings->n_apps; i++) {
                AppSettings *app = f->settings->apps[i];

                if (app->has_service ? streq(app->name, name) : name[0] == '\0')
                        return app;
        }

        return NULL;
}

static int add_app(PodFile *f, const char *name, char **reterr_why) {
        _cleanup_free_ char *checked = NULL, *why = NULL;
        AppSettings *app;

        if (f->settings->n_apps > 0 && (name[0] == '\0' || !f->settings->apps[0]->has_service))
                return refuse(reterr_why, -EINVAL,
                              "[App] is for a pod of one app; of several, each has a section [App NAME]");

        int r = name[0] != '\0' ? setting_app_name(name, &checked, &why) : 0;
        if (r == -EINVAL)
                return refuse(reterr_why, r, "no app can be called so: %s", why);
        if (r >= 0)
                r = pod_settings_add_app(f->settings, &app);
        if (r < 0)
                return r;

        app->has_service = checked;
        app->name = TAKE_PTR(checked);
        return 0;
}

static int begin_app(Reading *r, const char *section, const char *name, char **reterr_why) {
        if (strv_contains(r->sections, section))
                return refuse_foreign(reterr_why, "there is such a section in this file already", section);

        int k = strv_add(&r->sections, section);
        return k < 0 || find_app(r->pod, name) ? k : add_app(r->pod, name, reterr_why);
}

static int begin_section(const char *section, void *userdata, char **reterr_why) {
        const char *app = app_of_section(section);

        if (app)
                return begin_app(userdata, section, app, reterr_why);
        if (streq(section, "Pod") || pod_file_section_is_systemds(section))
                return 0;

        return refuse_foreign(reterr_why, "unknown section", section);
}

/* Of the pod, if there is no app. */
static int set(PodFile *f, AppSettings *app, const char *key, const char *value, char **reterr_why) {
        _cleanup_free_ char *expanded = NULL;
        unsigned sections = pod_setting_sections(key);

        if (sections == 0)
                return refuse_foreign(reterr_why, "unknown key", key);
        if (!(sections & (app ? POD_SECTION_APP : POD_SECTION_POD)))
                return refuse(reterr_why, -EINVAL, "%s= belongs into section [%s]", key,
                              app ? "Pod" : "App");
        if (app && app->has_service && streq(key, "AppName"))
                return refuse(reterr_why, -EINVAL, "AppName= is for section [App]; this one has a name");

        int r = pod_file_name_expand(&f->name, value, /* for_systemd= */ false, &expanded, reterr_why);
        return r < 0 ? r : pod_settings_set(f->settings, app, key, expanded, reterr_why);
}

/* Two lines may each be right and contradict each other: the later one is to blame, unless another mends that. */
static int blame(Reading *r, unsigned line) {
        int k = pod_settings_check(r->pod->settings, /* reterr_why= */ NULL);
        if (k == -ENOMEM)
                return k;

        if (k >= 0)
                r->blamed_file = NULL;
        else if (!r->blamed_file) {
                r->blamed_file = r->file;
                r->blamed_line = line;
        }

        return 0;
}

static int handle_line(const char *section, const char *key, const char *value, unsigned line,
                       void *userdata, char **reterr_why) {
        Reading *reading = userdata;
        const char *name = app_of_section(section);
        AppSettings *app = name ? find_app(reading->pod, name) : NULL;

        if (app || streq(section, "Pod")) {
                int r = set(reading->pod, app, key, value, reterr_why);
                return r < 0 ? r : blame(reading, line);
        }
        if (pod_file_section_is_systemds(section))
                return pod_file_add_line(reading->pod, section, key, value, reterr_why);

        return 0; /* begin_section() has said so */
}

/* FNV-1a: nobody wants to deceive himself about his own files. */
static void add_to_fingerprint(Reading *r, const void *data, size_t size) {
        for (const uint8_t *p = data; size > 0; p++, size--)
                r->fingerprint = (r->fingerprint ^ *p) * 0x100000001b3;
}

static int read_file(Reading *reading, const char *path) {
        PodFile *f = reading->pod;
        _cleanup_blob_ Blob text = {};

        int r = strv_add(&f->files, path);
        if (r < 0)
                return r;
        reading->file = f->files[strv_length(f->files) - 1];
        reading->sections = strv_free(reading->sections);

        r = file_read_at(AT_FDCWD, path, FILE_MAX, &text);
        if (r < 0 && r != -ENOMEM) {
                _cleanup_free_ char *why = NULL;

                r = str_printf(&why, "cannot be read: %s", strerror(-r));
                return r < 0 ? r : complain(1, why, reading);
        }
        if (r < 0)
                return r;

        add_to_fingerprint(reading, path, strlen(path) + 1);
        add_to_fingerprint(reading, text.data, text.size + 1); /* and the NUL behind it */
        return ini_parse_each(text.data, text.size, begin_section, handle_line, complain, reading);
}

/* What the pod is called if the file does not say: NAME, or NAME-INSTANCE. */
static int name_pod(PodFile *f, char **reterr_why) {
        const PodFileName *n = &f->name;
        _cleanup_free_ char *name = NULL;

        if (f->settings->name)
                return 0;

        int r = str_printf(&name, "%s%s%s", n->prefix, n->instance ? "-" : "",
                           pod_file_name_is_template(n) ? "instance"
                           : n->instance                ? n->instance
                                                        : "");
        if (r >= 0 && !reference_is_valid_machine_name(name))
                return refuse(reterr_why, -EINVAL,
                              "no machine can be called '%s'; give the pod another name with PodName=",
                              name);

        return r < 0 ? r : pod_settings_set(f->settings, NULL, "PodName", name, reterr_why);
}

static int check_images(const PodFile *f, char **reterr_why) {
        for (size_t i = 0; i < f->settings->n_apps; i++) {
                const AppSettings *app = f->settings->apps[i];

                if (!app->image)
                        return refuse(reterr_why, -EINVAL, "section [App%s%s] does not say which Image=",
                                      app->has_service ? " " : "", app->has_service ? app->name : "");
        }

        return f->settings->n_apps > 0 ? 0 : refuse(reterr_why, -EINVAL, "there is no section [App]");
}

/* What is missing is the fault of no line. */
static int check_whole(const Reading *reading) {
        PodFile *f = reading->pod;
        _cleanup_free_ char *why = NULL;

        int r = check_images(f, &why);
        if (r >= 0)
                r = name_pod(f, &why);
        if (r < 0 && r != -ENOMEM)
                return add_problem(f, f->files[0], 1, why ? why : strerror(-r));

        if (r >= 0)
                r = pod_settings_check(f->settings, &why);
        if (r >= 0 || r == -ENOMEM)
                return r;

        return add_problem(f, reading->blamed_file, reading->blamed_line, why ? why : strerror(-r));
}

static int read_files(PodFile *f, const char *path, char *const *drop_ins) {
        Reading reading = { .pod = f, .fingerprint = 0xcbf29ce484222325 };

        f->settings = calloc(1, sizeof(PodSettings));
        if (!f->settings)
                return -ENOMEM;

        int r = read_file(&reading, path);
        STRV_FOREACH(file, drop_ins)
                if (r >= 0)
                        r = read_file(&reading, *file);
        strv_free(reading.sections);
        if (r < 0)
                return r;

        (void) snprintf(f->fingerprint, sizeof(f->fingerprint), "%016" PRIx64, reading.fingerprint);
        return f->n_problems > 0 ? 0 : check_whole(&reading);
}

/* "web-blue" has the drop-ins of "web-.pod" as well, and every pod those of "pod.d". */
static int list_drop_ins(const PodFileName *n, char ***ret) {
        _cleanup_strv_ char **names = NULL;
        int r = strv_addf(&names, "%s" SUFFIX, n->name);

        if (r >= 0 && n->instance)
                r = strv_addf(&names, "%s@" SUFFIX, n->prefix);
        for (size_t i = strlen(n->prefix); i > 0 && r >= 0; i--)
                if (n->prefix[i - 1] == '-')
                        r = strv_addf(&names, "%.*s" SUFFIX, (int) i, n->prefix);
        if (r >= 0)
                r = strv_add(&names, SUFFIX + 1);

        return r < 0 ? r : conf_drop_ins_of(DIRECTORY, names, ret);
}

static int find_file(const PodFileName *n, char **ret) {
        _cleanup_free_ char *own = NULL, *template = NULL;

        int r = str_printf(&own, DIRECTORY "/%s" SUFFIX, n->name);
        if (r >= 0)
                r = str_printf(&template, DIRECTORY "/%s@" SUFFIX, n->prefix);
        if (r >= 0)
                r = conf_file(own, ret);
        if (r >= 0 && !*ret && n->instance)
                r = conf_file(template, ret);

        return r;
}

int pod_file_load(const char *name, PodFile **ret, char **reterr_why) {
        _cleanup_pod_file_ PodFile *f = calloc(1, sizeof(PodFile));
        _cleanup_strv_ char **drop_ins = NULL;
        _cleanup_free_ char *path = NULL;

        if (!f)
                return -ENOMEM;

        int r = pod_file_name_parse(name, &f->name, reterr_why);
        if (r >= 0)
                r = find_file(&f->name, &path);
        if (r >= 0 && !path)
                return refuse(reterr_why, -ENOENT,
                              "there is no '%s" SUFFIX "' in /etc/gantry/" DIRECTORY
                              " or where else pod files are, or it is masked",
                              name);
        if (r >= 0)
                r = list_drop_ins(&f->name, &drop_ins);
        if (r >= 0)
                r = read_files(f, path, drop_ins);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(f);
        return 0;
}

/* Drop-ins beside a file that lies anywhere. */
static int list_drop_ins_beside(const char *path, char ***ret) {
        _cleanup_free_ char *directory = NULL;

        int r = str_printf(&directory, "%s.d", path);
        return r < 0 ? r : conf_files_in((char *[]) { directory, NULL }, ".conf", ret);
}

int pod_file_load_path(const char *path, PodFile **ret, char **reterr_why) {
        const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path,
                   *suffix = endswith(base, SUFFIX);
        _cleanup_pod_file_ PodFile *f = calloc(1, sizeof(PodFile));
        _cleanup_strv_ char **drop_ins = NULL;
        _cleanup_free_ char *name = NULL;

        if (!suffix)
                return refuse_foreign(reterr_why, "a pod file is called NAME" SUFFIX ", not", base);
        name = strndup(base, suffix - base);
        if (!f || !name)
                return -ENOMEM;

        int r = pod_file_name_parse(name, &f->name, reterr_why);
        if (r >= 0 && access(path, F_OK) < 0)
                r = -errno;
        if (r >= 0)
                r = list_drop_ins_beside(path, &drop_ins);
        if (r >= 0)
                r = read_files(f, path, drop_ins);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(f);
        return 0;
}

int pod_file_list(char ***ret) {
        _cleanup_strv_ char **files = NULL, **names = NULL;

        int r = conf_files(DIRECTORY, SUFFIX, &files);
        STRV_FOREACH(file, files) {
                const char *base = strrchr(*file, '/') + 1;

                if (r >= 0)
                        r = strv_addf(&names, "%.*s", (int) (strlen(base) - strlen(SUFFIX)), base);
        }
        if (r < 0)
                return r;

        *ret = TAKE_PTR(names);
        return 0;
}
