/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "cni/configuration.h"
#include "cni/result.h"

/* A pod in a network. */
typedef struct Attachment {
        CniConfiguration *network;
        char *interface;    /* "eth0" */
        char *namespace;    /* path of the pod's namespace; it holds as long as the pod runs */
        char *arguments;    /* for the plugins, "IP=10.77.0.9"; or NULL */
        Json *capabilities; /* what plugins are told if they want to know: "portMappings"; or NULL */
        CniResult *result;  /* NULL: nobody knows how far it has come */
} Attachment;

void attachment_done(Attachment *a);

/* Calls the plugins in turn. On failure *reterr_why says what it is in, and attachment_remove() is due. */
int attachment_add(Attachment *a, const char *uuid, char **reterr_why);

/* Asks the plugins whether all is as they have made it, and has those behind the first do their part again if it is not. Positive if it was not. */
int attachment_renew(const Attachment *a, const char *uuid, char **reterr_why);

/* Calls them in reverse, all of them, whatever one says. The first failure is returned. */
int attachment_remove(const Attachment *a, const char *uuid, const char *namespace, char **reterr_why);
