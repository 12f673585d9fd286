/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/blob.h"
#include "image/digest.h"
#include "image/reference.h"
#include "store/store.h"

/* images/ID: an admitted image's documents. ID is the manifest's digest (sha256-<hex>) for OCI, the image
 * ID (sha512-<hex>) for ACI. Files: manifest, config, index (OCI, if it came through one), signatures/…,
 * verdict.json. Published at once by gantry-verify, except config: it is fetched when the manifest has
 * been admitted. An image without a name in refs/ was never complete, or its name is
 * another's by now; gc removes it if nobody needs it. */

typedef struct ImageFile {
        const char *name; /* "manifest", "signatures/0.payload" */
        const void *data;
        size_t size;
} ImageFile;

/* Publishes images/ID with these files. -EEXIST if the image is there already (then nothing is changed). */
int image_dir_publish(Store *s, const Digest *id, const ImageFile *files, size_t n);

/* Opens images/ID. Returns the directory fd, -ENOENT if there is no such image. */
int image_dir_open(Store *s, const Digest *id);

/* Reads one file of it, e.g. image_file_read(fd, "manifest", 4 MiB, &blob). */
int image_file_read(int image_fd, const char *name, size_t limit, Blob *ret);

/* Adds a document that was fetched after admission (the config). Its digest must have been checked
 * against the manifest. A file that is there already is success: same digest, same bytes. */
int image_file_add(int image_fd, const char *name, const void *data, size_t size);

/* The reference under which the image was admitted last, as verdict.json has it. */
int image_dir_reference(int image_fd, Reference **ret);

/* Replace verdict.json, and the index that the image came through last. */
int image_dir_set_verdict(int image_fd, const void *data, size_t size);
int image_dir_set_index(int image_fd, const void *data, size_t size);

/* An image's last use is when its directory was changed last: by gantry-fetch, by a pod made of it or started.
 * CLOCK_REALTIME; 0 if it cannot be told. */
int image_dir_use(int image_fd);
uint64_t image_dir_used_usec(int image_fd);

/* Removes the image and the names that point to it. -ENOENT if there is no such image. */
int image_dir_remove(Store *s, const Digest *id);

/* All images, sorted by ID; the array is owned by the caller. */
int image_dir_list(Store *s, Digest **ret, size_t *ret_n);

/* The image whose ID begins with `prefix` ("sha256-" or "sha256:" and 8 or more hex digits). -ENOENT, or
 * -ENOTUNIQ if several do. */
int image_dir_find(Store *s, const char *prefix, Digest *ret);

/* Makes the path of a local reference (oci:DIR, FILE.aci) absolute and free of links, as it is in the names
 * of images. Others stay as they are. -ENOENT and the like if it is not there. */
int image_reference_localize(Reference *reference);

/* The image of the store that a reference means: by ID, or by the name it was fetched under. -ENOENT,
 * -ENOTUNIQ. */
int image_resolve(Store *s, const Reference *reference, Digest *ret);

/* images/refs: names of images, as reference_format() writes them. One is set under the store's lock, shared. */
int image_ref_set(Store *s, const char *reference, const Digest *id);
int image_ref_get(Store *s, const char *reference, Digest *ret); /* -ENOENT: unknown name */
int image_ref_remove(Store *s, const char *reference);           /* -ENOENT is success */

/* Names and images that were removed do not come back after a power cut. To be called before what they needed is
 * removed. */
int image_dir_sync(Store *s);

typedef struct ImageRef {
        char *reference;
        Digest id;
        uint64_t resolved_usec; /* when, CLOCK_REALTIME */
} ImageRef;

/* One file of images/refs. -EBADMSG if it is none of ours. */
int image_ref_load(int refs_fd, const char *file, ImageRef *ret);

/* All names, sorted; free with image_refs_free(). */
int image_ref_list(Store *s, ImageRef **ret, size_t *ret_n);
void image_refs_free(ImageRef *refs, size_t n);
