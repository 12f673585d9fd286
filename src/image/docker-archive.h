/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* The manifest.json of what `docker save` writes: which of the archive's files make an image. */
typedef struct DockerArchiveImage {
        char *config;  /* a path in the archive */
        char **tags;   /* "busybox:latest" */
        char **layers; /* paths, bottom first */
} DockerArchiveImage;

typedef struct DockerArchive {
        DockerArchiveImage *images;
        size_t n_images;
} DockerArchive;

/* -EFBIG beyond OCI_DOCUMENT_MAX, -EBADMSG and *reterr_why if it is not such a document. */
int docker_archive_parse(const void *data, size_t size, DockerArchive *ret, char **reterr_why);
void docker_archive_done(DockerArchive *a);
#define _cleanup_docker_archive_ _cleanup_(docker_archive_done)

/* The image that is tagged so, however docker would spell it ("busybox" is docker.io/library/busybox:latest);
 * for NULL the only image. -ENOENT if there is none; for NULL -ENOTUNIQ if there are several. */
int docker_archive_find(const DockerArchive *a, const char *tag, const DockerArchiveImage **ret);
