/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fetch/aci-image.h"
#include "image/appc-stack.h"

/* One of several images that need each other, known by their numbers in an array. */
typedef struct AciMember {
        AciImage image;
        char *text;           /* what it was asked for as */
        size_t *dependencies; /* as many as its manifest has; NULL until they are known */
} AciMember;

/* Takes the image. */
int aci_member_init(AciMember *m, AciImage *image, const char *text);
void aci_member_done(AciMember *m);

/* Builds the layers that are needed to stack member `number`, of those that are in the store, and notes down what its
 * root is stacked of. Logs. */
int aci_member_set_layers(const AciMember *members, size_t n, size_t number);
