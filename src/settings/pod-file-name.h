/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* What a pod file is called, NAME for NAME.pod or NAME@INSTANCE for an instance of the template NAME@.pod, and what
 * follows from that. */
typedef struct PodFileName {
        char *name;     /* "web", "web@blue" */
        char *prefix;   /* "web" */
        char *instance; /* "blue"; "" for the template itself; NULL */
        char *path; /* the instance as a path or other text it stands for: "srv-www" is "srv/www"; NULL */
        char *unit; /* "gantry@web@blue.service" */
} PodFileName;

/* -EINVAL and *reterr_why if no unit can have that name. */
int pod_file_name_parse(const char *name, PodFileName *ret, char **reterr_why);
void pod_file_name_done(PodFileName *n);

static inline bool pod_file_name_is_template(const PodFileName *n) {
        return n->instance && n->instance[0] == '\0';
}

/* Puts in what the specifiers %i %I %n %N %p %% stand for. Others are an error, but `for_systemd`: what systemd reads
 * next may have its own, and what is put in is escaped from it. In a template, whose instances are not known,
 * something is put in that could be one. */
int pod_file_name_expand(const PodFileName *n, const char *text, bool for_systemd, char **ret,
                         char **reterr_why);
