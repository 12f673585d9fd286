/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: how a command line asks for a pod: which option is for which app.
 * Never: reads a value: settings/settings.h does.
 * Follows: gantry-prepare(1); rkt(1), whose "---" it is. */

#include "basic/refuse.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "settings/settings-apps.h"
#include "settings/settings-options.h"
#include "settings/settings-request.h"

void pod_request_done(PodRequest *q) {
        for (size_t i = 0; i < q->n; i++)
                strv_free(q->groups[i].words);
        free(q->groups);
        *q = (PodRequest) {};
}

static PodGroup *add_group(PodRequest *q) {
        PodGroup *groups = reallocarray(q->groups, q->n + 1, sizeof(PodGroup));
        if (!groups)
                return NULL;

        q->groups = groups;
        groups[q->n] = (PodGroup) {};
        return &groups[q->n++];
}

/* Parts them at "--". */
static void split(char **arguments, PodGroup *g) {
        g->images = arguments;
        for (; *arguments; arguments++)
                if (streq(*arguments, "--")) {
                        *arguments = NULL;
                        g->arguments = arguments + 1;
                        return;
                }
}

static int parse_group(const CliProgram *program, int argc, char **argv, PodRequest *q) {
        char **arguments;

        int r = cli_parse(program, argc, argv, &arguments);
        if (r <= 0)
                return r;
        PodGroup *g = add_group(q);
        if (!g)
                return -ENOMEM;

        g->words = TAKE_PTR(pod_setting_words);
        split(arguments, g);
        return 1;
}

int pod_request_parse(const CliProgram *program, int argc, char **argv, PodRequest *ret) {
        _cleanup_pod_request_ PodRequest q = {};
        int first = 0, r = 1;

        for (int i = 1; i <= argc && r > 0; i++)
                if (i == argc || streq(argv[i], "---")) {
                        argv[i] = NULL; /* what stands for the name of the program in the next part */
                        r = parse_group(program, i - first, argv + first, &q);
                        first = i;
                }
        if (r <= 0)
                return r;

        *ret = q;
        q = (PodRequest) {};
        return 1;
}

/* Where its key may be said of. -p is for the pod's unit, however many apps there are. */
static int find_sections(const char *word, char **ret_key, unsigned *ret) {
        const char *equals = strchrnul(word, '=');
        char *key = strndup(word, equals - word);
        if (!key)
                return -ENOMEM;

        *ret = streq(key, "Property") ? POD_SECTION_POD : pod_setting_sections(key);
        *ret_key = key;
        return 0;
}

static int set_word(PodSettings *s, AppSettings *app, const char *word, bool first, char **reterr_why) {
        _cleanup_free_ char *key = NULL;
        const char *equals = strchr(word, '=');
        unsigned sections;

        if (!equals || equals == word)
                return refuse(reterr_why, -EINVAL, "a setting is written KEY=VALUE");

        int r = find_sections(word, &key, &sections);
        if (r < 0)
                return r;
        if (sections == POD_SECTION_POD)
                app = NULL;
        if (!first && !app && sections & POD_SECTION_POD)
                return refuse(reterr_why, -EINVAL, "%s= is of the whole pod: give it before the first '---'",
                              key);

        return pod_settings_set(s, app, key, equals + 1, reterr_why);
}

static int set_words(PodSettings *s, AppSettings *app, char *const *words, bool first, char **reterr_why) {
        int r = 0;

        STRV_FOREACH(word, words)
                if (r >= 0)
                        r = set_word(s, app, *word, first, reterr_why);

        return r;
}

static int add_image(PodSettings *s, const char *image, bool several, AppSettings **ret) {
        int r = pod_settings_add_app(s, ret);
        if (r < 0)
                return r;

        (*ret)->has_service = several;
        return image ? str_copy(image, &(*ret)->image) : 0;
}

static int set_arguments(AppSettings *app, char *const *arguments, char **reterr_why) {
        if (!arguments || !arguments[0])
                return 0;
        if (app->exec)
                return refuse(reterr_why, -EINVAL,
                              "Exec= and the arguments behind '--' are two command lines");

        return app_settings_set_exec(app, arguments, reterr_why);
}

/* Its image may have been named by a setting. */
static int apply_one(PodSettings *s, const PodGroup *g, bool first, bool several, char **reterr_why) {
        AppSettings *app;

        int r = add_image(s, NULL, several, &app);
        if (r >= 0)
                r = set_words(s, app, g->words, first, reterr_why);
        if (r >= 0 && app->image && g->images[0])
                r = refuse(reterr_why, -EINVAL, "two images are named; Image= is one");
        if (r >= 0 && !app->image && !g->images[0])
                r = refuse(reterr_why, -EINVAL, "no image is named%s", several ? " between two '---'" : "");
        if (r >= 0 && !app->image)
                r = str_copy(g->images[0], &app->image);

        return r < 0 ? r : set_arguments(app, g->arguments, reterr_why);
}

static int apply_several(PodSettings *s, const PodGroup *g, bool first, char **reterr_why) {
        if (g->arguments)
                return refuse(reterr_why, -EINVAL,
                              "arguments behind '--' are for one image; write '---' between the apps");

        int r = set_words(s, NULL, g->words, first, reterr_why);
        STRV_FOREACH(image, g->images) {
                AppSettings *app;

                if (r >= 0)
                        r = add_image(s, *image, true, &app);
        }

        return r;
}

/* Once, if it is of the pod. */
static int set_for_all(PodSettings *s, const char *word, char **reterr_why) {
        _cleanup_free_ char *key = NULL;
        unsigned sections;

        int r = find_sections(word, &key, &sections);
        if (r < 0 || !(sections & POD_SECTION_APP))
                return r < 0 ? r : set_word(s, NULL, word, /* first= */ true, reterr_why);
        for (size_t i = 0; i < s->n_apps && r >= 0; i++)
                r = set_word(s, s->apps[i], word, /* first= */ true, reterr_why);

        return r;
}

static int apply_to_all(PodSettings *s, const PodRequest *q, char **reterr_why) {
        int r = 0;

        if (q->n > 1 || q->groups[0].images[0])
                return refuse(reterr_why, -EINVAL, "the images of the pod are named already");
        STRV_FOREACH(word, q->groups[0].words)
                if (r >= 0)
                        r = set_for_all(s, *word, reterr_why);

        return r;
}

int pod_request_apply(const PodRequest *q, PodSettings *s, char **reterr_why) {
        size_t n = 0;
        int r = 0;

        if (s->n_apps > 0)
                return apply_to_all(s, q, reterr_why);

        for (size_t i = 0; i < q->n; i++)
                n += MAX(strv_length(q->groups[i].images), 1U);
        for (size_t i = 0; i < q->n && r >= 0; i++)
                r = strv_length(q->groups[i].images) > 1
                                    ? apply_several(s, &q->groups[i], i == 0, reterr_why)
                                    : apply_one(s, &q->groups[i], i == 0, n > 1, reterr_why);

        return r;
}

int pod_settings_complete(PodSettings *s, char **reterr_why) {
        int r = pod_settings_check(s, reterr_why);
        if (r >= 0)
                r = pod_settings_check_machine(s, reterr_why);

        return r < 0 ? r : settings_complete_fly(s);
}
