/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "settings/pod-file-name.h"
#include "settings/settings.h"

/* What a pod file says in a section that is systemd's: Unit, Service or Install. Specifiers of ours are put in. */
typedef struct PodFileLine {
        char *section, *key, *value;
} PodFileLine;

typedef struct PodFileProblem {
        char *file;
        unsigned line; /* 1 for what is wrong with the file as a whole */
        char *why;
} PodFileProblem;

/* A pod as its administrator writes it. With problems it is good for nothing but to name them. */
typedef struct PodFile {
        PodFileName name;
        char **files; /* that were read, in this order: the file itself, its drop-ins */
        PodSettings *settings;
        PodFileLine *lines;
        size_t n_lines;
        PodFileProblem *problems;
        size_t n_problems;
        char fingerprint[17]; /* of all that was read: another one if that has changed */
} PodFile;

PodFile *pod_file_free(PodFile *f);
DEFINE_CLEANUP(PodFile, pod_file_free)
#define _cleanup_pod_file_ _cleanup_(pod_file_freep)

/* Reads NAME.pod, or for NAME@INSTANCE the template NAME@.pod if it has no file of its own, with all drop-ins. What is
 * wrong with them is in `problems`. -ENOENT: there is no such file, or it is masked; -EINVAL: no file can have that
 * name; both with *reterr_why. */
int pod_file_load(const char *name, PodFile **ret, char **reterr_why);

/* The same for a file that lies anywhere, with drop-ins beside it. */
int pod_file_load_path(const char *path, PodFile **ret, char **reterr_why);

/* "FILE:LINE: why", owned by the caller. */
int pod_file_problem(const PodFile *f, size_t i, char **ret);

/* The names of all pod files, "NAME@" for templates, sorted; strv, owned by the caller. */
int pod_file_list(char ***ret);
