/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "registry-client/place.h"
#include "registry-client/source.h"

#define SIGNATURES_MAX 64U

/* The search for the signatures of one image. What is wrong with one of them does not end it: anybody may have put it
 * there, and the good ones must not suffer. What ends it is that somebody cannot be asked: that must not look as if
 * there were none. */
typedef struct SignatureSearch {
        Source *source;         /* borrowed, like all here: where the image is from */
        const Net *net;         /* for what is elsewhere */
        const char *repository; /* as the rules see it; for messages */
        int dir_fd;             /* the image's: signatures go into signatures/ below */
        unsigned n_written, n_passed_over;
} SignatureSearch;

/* There must be an end to it. */
bool signature_search_is_full(SignatureSearch *s);

/* Writes signatures/N.ENDING, N.signature unless that is NULL, and N.source: where it was found, for messages. */
int signature_search_add(SignatureSearch *s, const char *source, const char *ending, const Blob *data,
                         const char *signature);

/* Says why one is of no use: 0. An error that is not its own fault is returned as it is. Takes *why. */
int signature_search_pass_over(SignatureSearch *s, int error, const char *source, char **why,
                               char **reterr_why);
