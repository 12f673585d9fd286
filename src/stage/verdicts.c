/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: asking once more, at the start of a pod, whether its images are admitted.
 * Never: judges one.
 * Follows: gantry-verify(1). */

#include <stdlib.h>
#include <unistd.h>

#include "basic/cli.h"
#include "basic/log.h"
#include "basic/process.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "pod/annotations.h"
#include "pod/stage1-kind.h"
#include "stage/verdicts.h"

/* It was asked about already, for another app. */
static bool is_asked(const StageApp *a) {
        const StageApp *all = a->stage->apps;
        const char *reference = pairs_get(&a->app->annotations, ANNOTATION_IMAGE);

        for (const StageApp *b = all; b < a; b++)
                if (digest_equal(&b->app->image_id, &a->app->image_id) &&
                    streq_ptr(pairs_get(&b->app->annotations, ANNOTATION_IMAGE), reference))
                        return true;

        return false;
}

static int ask_about(const AppcPod *pod, const AppcPodApp *app, pid_t *ret) {
        const char *reference = pairs_get(&app->annotations, ANNOTATION_IMAGE);
        _cleanup_free_ char *name = NULL, *stage1 = NULL;
        _cleanup_strv_ char **argv = NULL;
        char id[DIGEST_TEXT_MAX];

        digest_format_id(&app->image_id, id);
        int r = reference ? str_printf(&name, "--name=%s", reference) : -EBADMSG;
        if (r >= 0)
                r = str_printf(&stage1, "--stage1=%s", pod_stage1(pod));
        if (r >= 0)
                r = program_command(&argv, "gantry-verify", cli_root, name, stage1, "--quiet", id, NULL);
        if (r >= 0)
                r = process_spawn(
                                &(Spawn) {
                                                .argv = argv,
                                                .in = -EBADF,
                                                .out = STDERR_FILENO,
                                                .err = -EBADF,
                                },
                                ret);
        if (r < 0)
                return log_error_errno(r, "Cannot ask gantry-verify about image '%s': %m", id);

        return 0;
}

int verdicts_ask(const Stage *s, pid_t *verify) {
        int r = 0;

        for (size_t i = 0; r >= 0 && i < s->n_apps; i++)
                if (!is_asked(&s->apps[i]))
                        r = ask_about(s->manifest, s->apps[i].app, verify++);

        return r;
}

int verdicts_hear(const Stage *s, const pid_t *verify) {
        int verdict = 0;

        for (size_t i = 0; i < s->n_apps && verify[i] > 0; i++) {
                int r = process_wait(verify[i]);
                if (r < 0)
                        verdict = log_error_errno(r, "Cannot judge the images of pod '%s': %m", s->pod.name);
                else if (r > 0)
                        verdict = -EACCES;
        }

        return verdict;
}
