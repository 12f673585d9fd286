/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pod/pod-dir.h"

/* What people want to know of a pod, as text; NULL where there is nothing to say. */
typedef struct Description {
        char *state;   /* "running", "exited (7)" */
        char *age;     /* how long it has been so: "5 min" */
        char *result;  /* systemd's word for the end: "success", "timeout", … */
        char *apps;    /* "web, db" */
        char *n_apps;  /* "2" */
        char *images;  /* "127.0.0.1:5000/hello" */
        char *started; /* "2026-11-23 21:04:11" */
        char *ended;
        char *uids; /* "589824…655359" */
} Description;

void description_done(Description *d);
int pod_describe(const PodDir *p, Description *ret);

/* "2026-11-23 21:04:11" */
int describe_time(time_t t, char **ret);
