/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/digest.h"

/* images/ID/dependencies: the images that an ACI is completed with, direct and indirect, in the order in which they
 * are rendered: "sha512-HEX REFERENCE", a line each. One image has several lines if it is asked for by several
 * names. */
typedef struct ImageDependency {
        Digest id;
        char *reference; /* what asks for it: "aci:NAME[:version][,label=value…]" */
} ImageDependency;

typedef struct ImageDependencies {
        ImageDependency *items;
        size_t n;
} ImageDependencies;

/* Frees the contents; {} is the empty list. */
void image_dependencies_done(ImageDependencies *d);
#define _cleanup_dependencies_ _cleanup_(image_dependencies_done)

/* Appends a copy. */
int image_dependencies_add(ImageDependencies *d, const Digest *id, const char *reference);

/* Replaces what is written there. An empty list is no file. */
int image_dependencies_write(int image_fd, const ImageDependencies *d);

/* Empty if the image needs no other. -EBADMSG if the file is not ours. */
int image_dependencies_read(int image_fd, ImageDependencies *ret);
