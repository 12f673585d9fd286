/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "store/layer.h"

/* images/ID/layers: what an image's root is stacked of, bottom first, no layer twice. It is written when all of
 * them are there, before the image gets its name. One line a layer:
 *
 *     <ID> <size> <fs-verity digest> <inode> <change time, ns>
 */

/* The same content is not written again. */
int image_layers_write(int image_fd, const LayerRecord *layers, size_t n);

/* The array is owned by the caller. -ENOENT if the image was never complete, -EBADMSG if that is not what it
 * is. */
int image_layers_read(int image_fd, LayerRecord **ret, size_t *ret_n);

/* Notes down a layer of the store: what an image knows of it if it is still so, `likely` being asked before all
 * others; else by layer_record(), which reads all of it. -ENOENT if there is no such layer, -EUCLEAN if it is not
 * what an image has noted down. */
int image_layers_find(Store *s, const Digest *likely, const Digest *id, LayerRecord *ret);

/* Why that failed. */
const char *image_layers_strerror(int r);
