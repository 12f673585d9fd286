/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/digest.h"
#include "image/media-type.h"
#include "image/pairs.h"

/* The documents of the OCI image format v1.1 and of Docker's schema 2, which differ in the names of the
 * media types only. */

#define OCI_DOCUMENT_MAX (4U * 1024U * 1024U)
#define OCI_LAYERS_MAX 512U
#define OCI_INDEX_MAX 1024U

typedef struct OciDescriptor {
        char *media_type_text; /* may be anything */
        MediaType media_type;
        Digest digest;
        uint64_t size;
        char *artifact_type;
        char *os, *architecture, *variant; /* platform; NULL if not said */
        Pairs annotations;
} OciDescriptor;

typedef struct OciManifest {
        char *artifact_type;
        OciDescriptor config;
        OciDescriptor *layers; /* bottom first */
        size_t n_layers;
        OciDescriptor *subject; /* NULL if there is none */
        Pairs annotations;
} OciManifest;

typedef struct OciIndex {
        char *artifact_type;
        OciDescriptor *manifests;
        size_t n_manifests;
        Pairs annotations;
} OciIndex;

typedef struct OciConfig {
        char *os, *architecture, *variant;
        char *user, *working_dir, *stop_signal; /* NULL if not said or empty */
        char **env;                             /* "NAME=value" */
        char **entrypoint, **cmd;
        char **exposed_ports; /* "80/tcp" */
        char **volumes;       /* paths */
        Pairs labels;
        Digest *diff_ids; /* of the uncompressed layers, bottom first */
        size_t n_diff_ids;
} OciConfig;

/* -EFBIG beyond OCI_DOCUMENT_MAX, -EBADMSG and *reterr_why if it is not such a document. A manifest may be
 * an artifact's, see oci_manifest_check_image(). */
int oci_manifest_parse(const void *data, size_t size, OciManifest **ret, char **reterr_why);
int oci_index_parse(const void *data, size_t size, OciIndex **ret, char **reterr_why);
int oci_config_parse(const void *data, size_t size, OciConfig **ret, char **reterr_why);

OciManifest *oci_manifest_free(OciManifest *m);
OciIndex *oci_index_free(OciIndex *i);
OciConfig *oci_config_free(OciConfig *c);
DEFINE_CLEANUP(OciManifest, oci_manifest_free)
DEFINE_CLEANUP(OciIndex, oci_index_free)
DEFINE_CLEANUP(OciConfig, oci_config_free)

/* A manifest or an index? By its mediaType, else by what is in it; not by what a server said. Returns
 * MEDIA_MANIFEST or MEDIA_INDEX; else -EBADMSG and *reterr_why. */
int oci_document_type(const void *data, size_t size, char **reterr_why);

/* What kind of artifact it is, if it is one: its artifactType, else the media type of its config. Borrowed. */
const char *oci_manifest_artifact_type(const OciManifest *m);

/* Is it the manifest of an image that can be unpacked: an image config, one or more layers, all of them tar?
 * 0 or -EBADMSG. */
int oci_manifest_check_image(const OciManifest *m, char **reterr_why);

/* Do they belong together: as many layers as diff_ids? 0 or -EBADMSG. */
int oci_image_check(const OciManifest *m, const OciConfig *c, char **reterr_why);

/* The entry for a platform: the exact variant, else one that runs there (ARM: the highest lower one); the
 * first if several are as good. Attestations and entries without a platform are passed over. NULL if there
 * is none; borrowed. */
const OciDescriptor *oci_index_choose(const OciIndex *i, const char *os, const char *architecture,
                                      const char *variant);

/* The entry of a layout's index.json that is tagged so (org.opencontainers.image.ref.name); for NULL the
 * only one that is no artifact. NULL if there is none or several; borrowed. */
const OciDescriptor *oci_index_find_tag(const OciIndex *i, const char *tag);

/* Where a layout keeps a blob: "blobs/sha256/<hex>". */
int oci_blob_path(const Digest *digest, char **ret);
