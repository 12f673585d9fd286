/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

typedef enum MediaType {
        MEDIA_UNKNOWN,
        MEDIA_MANIFEST,
        MEDIA_INDEX, /* Docker: manifest list */
        MEDIA_CONFIG,
        MEDIA_LAYER_TAR,
        MEDIA_LAYER_GZIP,
        MEDIA_LAYER_ZSTD,
        MEDIA_LAYER_FOREIGN,    /* not distributable or encrypted: to be refused */
        MEDIA_DOCKER_SCHEMA1,   /* to be refused: its digest does not cover its bytes */
        MEDIA_COSIGN_SIGNATURE, /* application/vnd.dev.cosign.simplesigning.v1+json */
        MEDIA_COSIGN_ARTIFACT,  /* application/vnd.dev.cosign.artifact.sig.v1+json */
        MEDIA_SIGSTORE_BUNDLE,  /* application/vnd.dev.sigstore.bundle.v0.3+json */
} MediaType;

/* Parameters ("; charset=utf-8") are not part of a media type; the caller has cut them off. */
MediaType media_type_parse(const char *text);

/* For the Accept header of a manifest request. */
#define OCI_ACCEPT                                                                                          \
        "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, "             \
        "application/vnd.docker.distribution.manifest.list.v2+json, "                                       \
        "application/vnd.docker.distribution.manifest.v2+json"

/* Of a request that can be answered with an index only. */
#define OCI_INDEX_ACCEPT "application/vnd.oci.image.index.v1+json"

/* uname's machine in Go's words: "x86_64" → "amd64", NULL; "aarch64" → "arm64", "v8". -EOPNOTSUPP for an
 * unknown one. */
int oci_architecture_of(const char *machine, const char **ret_architecture, const char **ret_variant);
