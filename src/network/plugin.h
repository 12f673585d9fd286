/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/blob.h"
#include "basic/macro.h"

/* A call of a plugin: a program that is asked by variables and by what it reads, and answers with a document. */
typedef struct PluginCall {
        const char *command;   /* "ADD", "DEL", "CHECK" */
        const char *container; /* the pod's UUID */
        const char *namespace; /* path; or "": it is gone */
        const char *interface; /* "eth0" */
        const char *arguments; /* "KEY=VALUE;…", or NULL */
} PluginCall;

/* The plugin's program; -ENOENT and *reterr_why, with what to do about it. */
int plugin_find(const char *type, char **ret, char **reterr_why);

/* 0 and what it has answered, owned by the caller; else *reterr_why has what it says of it. It is killed when it takes too long. */
int plugin_call(const char *type, const PluginCall *call, const Blob *input, char **ret, char **reterr_why);
