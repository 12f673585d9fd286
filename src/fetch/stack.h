/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fetch/image.h"

/* Notes down what the image's root is stacked of, bottom first: these layers, of which one that comes twice counts where
 * it is last; and on top, if directories need it, one that is built here. To be called when all of them are in the
 * store. 1, or 0 if one is gone again: gc may do that as long as no image is known to need it. Logs. */
int stack_note_down(Image *image, const LayerRecord *layers, size_t n);
