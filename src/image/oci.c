/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: manifests, indexes and image configs of OCI and Docker.
 * Never: believes a document that could be read as another one; mends a field.
 * Follows: OCI image-spec v1.1, its four documents; Docker's "Image Manifest V 2, Schema 2". */

#include <stdarg.h>
#include <stdio.h>

#include "basic/str.h"
#include "basic/strv.h"
#include "image/json-table.h"
#include "image/oci.h"

#define REF_NAME "org.opencontainers.image.ref.name"

static void descriptor_done(OciDescriptor *d) {
        free(d->media_type_text);
        free(d->artifact_type);
        free(d->os);
        free(d->architecture);
        free(d->variant);
        pairs_done(&d->annotations);
}

OciManifest *oci_manifest_free(OciManifest *m) {
        if (!m)
                return NULL;

        free(m->artifact_type);
        descriptor_done(&m->config);
        for (size_t i = 0; i < m->n_layers; i++)
                descriptor_done(&m->layers[i]);
        free(m->layers);
        if (m->subject)
                descriptor_done(m->subject);
        free(m->subject);
        pairs_done(&m->annotations);
        free(m);
        return NULL;
}

OciIndex *oci_index_free(OciIndex *i) {
        if (!i)
                return NULL;

        free(i->artifact_type);
        for (size_t k = 0; k < i->n_manifests; k++)
                descriptor_done(&i->manifests[k]);
        free(i->manifests);
        pairs_done(&i->annotations);
        free(i);
        return NULL;
}

OciConfig *oci_config_free(OciConfig *c) {
        if (!c)
                return NULL;

        free(c->os);
        free(c->architecture);
        free(c->variant);
        free(c->user);
        free(c->working_dir);
        free(c->stop_signal);
        strv_free(c->env);
        strv_free(c->entrypoint);
        strv_free(c->cmd);
        strv_free(c->exposed_ports);
        strv_free(c->volumes);
        pairs_done(&c->labels);
        free(c->diff_ids);
        free(c);
        return NULL;
}

static int decode_digest(const Json *value, void *member, const JsonPath *at) {
        const char *text = json_text(value);

        if (!text || digest_parse(text, member) < 0)
                return json_refuse(
                                at,
                                "not a digest (sha256:, sha384: or sha512: and all hex digits, lower case)");

        return 0;
}

static int decode_media_type(const Json *value, void *member, const JsonPath *at) {
        OciDescriptor *d = member;

        int r = json_decode_string(value, &d->media_type_text, at);
        if (r < 0)
                return r;

        d->media_type = media_type_parse(d->media_type_text);
        return 0;
}

static int decode_platform(const Json *value, void *member, const JsonPath *at) {
        static const JsonField fields[] = {
                { "os", json_decode_string, offsetof(OciDescriptor, os), JSON_MANDATORY },
                { "architecture", json_decode_string, offsetof(OciDescriptor, architecture),
                  JSON_MANDATORY },
                { "variant", json_decode_string, offsetof(OciDescriptor, variant) },
                {},
        };

        return json_decode_object(value, fields, member, at);
}

static int decode_descriptor(const Json *value, void *member, const JsonPath *at) {
        static const JsonField fields[] = {
                { "mediaType", decode_media_type, 0, JSON_MANDATORY },
                { "digest", decode_digest, offsetof(OciDescriptor, digest), JSON_MANDATORY },
                { "size", json_decode_u64, offsetof(OciDescriptor, size), JSON_MANDATORY },
                { "artifactType", json_decode_string, offsetof(OciDescriptor, artifact_type) },
                { "platform", decode_platform, 0 },
                { "annotations", json_decode_map, offsetof(OciDescriptor, annotations) },
                {},
        };

        return json_decode_object(value, fields, member, at);
}

static int decode_subject(const Json *value, void *member, const JsonPath *at) {
        OciDescriptor *d = calloc(1, sizeof(OciDescriptor));
        if (!d)
                return -ENOMEM;

        *(OciDescriptor **) member = d;
        return decode_descriptor(value, d, at);
}

/* Checks of which nothing is kept. */

static int check_schema_version(const Json *value, void *unused, const JsonPath *at) {
        uint64_t version;

        if (json_uint(value, &version) < 0 || version != 2)
                return json_refuse(at, "not 2 (schema 1 of Docker is not supported)");

        return 0;
}

static int check_media_type(const Json *value, MediaType type, const JsonPath *at) {
        const char *text = json_text(value);

        if (!text || media_type_parse(text) != type)
                return json_refuse(at, "not the media type of %s",
                                   type == MEDIA_MANIFEST ? "a manifest" : "an index");

        return 0;
}

static int check_is_manifest(const Json *value, void *unused, const JsonPath *at) {
        return check_media_type(value, MEDIA_MANIFEST, at);
}

static int check_is_index(const Json *value, void *unused, const JsonPath *at) {
        return check_media_type(value, MEDIA_INDEX, at);
}

/* A document that is both a manifest and an index runs one image here and another one there
 * (CVE-2021-41190). */
static int check_absent(const Json *value, void *unused, const JsonPath *at) {
        return json_refuse(at, "both a manifest and an index");
}

static int decode_manifest(const Json *value, void *target, const JsonPath *at) {
        static const JsonField fields[] = {
                { "schemaVersion", check_schema_version, 0, JSON_MANDATORY },
                { "mediaType", check_is_manifest },
                { "manifests", check_absent },
                { "artifactType", json_decode_string, offsetof(OciManifest, artifact_type) },
                { "config", decode_descriptor, offsetof(OciManifest, config), JSON_MANDATORY },
                { "layers", decode_descriptor, offsetof(OciManifest, layers), JSON_MANDATORY,
                  JSON_ITEMS(OciManifest, layers), .max = OCI_LAYERS_MAX },
                { "subject", decode_subject, offsetof(OciManifest, subject) },
                { "annotations", json_decode_map, offsetof(OciManifest, annotations) },
                {},
        };

        return json_decode_object(value, fields, target, at);
}

static int decode_index(const Json *value, void *target, const JsonPath *at) {
        static const JsonField fields[] = {
                { "schemaVersion", check_schema_version, 0, JSON_MANDATORY },
                { "mediaType", check_is_index },
                { "config", check_absent },
                { "layers", check_absent },
                { "artifactType", json_decode_string, offsetof(OciIndex, artifact_type) },
                { "manifests", decode_descriptor, offsetof(OciIndex, manifests), JSON_MANDATORY,
                  JSON_ITEMS(OciIndex, manifests), .max = OCI_INDEX_MAX },
                { "annotations", json_decode_map, offsetof(OciIndex, annotations) },
                {},
        };

        return json_decode_object(value, fields, target, at);
}

/* Builders write "" for what nobody set. */
static int decode_set(const Json *value, void *member, const JsonPath *at) {
        const char *text = json_text(value);
        return text && text[0] == '\0' ? 0 : json_decode_string(value, member, at);
}

/* What the image says of its process; members of OciConfig too. */
static int decode_process(const Json *value, void *member, const JsonPath *at) {
        static const JsonField fields[] = {
                { "User", decode_set, offsetof(OciConfig, user) },
                { "WorkingDir", decode_set, offsetof(OciConfig, working_dir) },
                { "StopSignal", decode_set, offsetof(OciConfig, stop_signal) },
                { "Env", json_decode_strv, offsetof(OciConfig, env) },
                { "Entrypoint", json_decode_strv, offsetof(OciConfig, entrypoint) },
                { "Cmd", json_decode_strv, offsetof(OciConfig, cmd) },
                { "ExposedPorts", json_decode_keys, offsetof(OciConfig, exposed_ports) },
                { "Volumes", json_decode_keys, offsetof(OciConfig, volumes) },
                { "Labels", json_decode_map, offsetof(OciConfig, labels) },
                {},
        };

        return json_decode_object(value, fields, member, at);
}

static int check_rootfs_type(const Json *value, void *unused, const JsonPath *at) {
        const char *text = json_text(value);
        return text && streq(text, "layers") ? 0 : json_refuse(at, "not \"layers\"");
}

static int decode_rootfs(const Json *value, void *member, const JsonPath *at) {
        static const JsonField fields[] = {
                { "type", check_rootfs_type, 0, JSON_MANDATORY },
                { "diff_ids", decode_digest, offsetof(OciConfig, diff_ids), JSON_MANDATORY,
                  JSON_ITEMS(OciConfig, diff_ids), .max = OCI_LAYERS_MAX },
                {},
        };

        return json_decode_object(value, fields, member, at);
}

static int decode_config(const Json *value, void *target, const JsonPath *at) {
        static const JsonField fields[] = {
                { "os", json_decode_string, offsetof(OciConfig, os), JSON_MANDATORY },
                { "architecture", json_decode_string, offsetof(OciConfig, architecture), JSON_MANDATORY },
                { "variant", decode_set, offsetof(OciConfig, variant) },
                { "config", decode_process, 0 },
                { "rootfs", decode_rootfs, 0, JSON_MANDATORY },
                {},
        };

        return json_decode_object(value, fields, target, at);
}

int oci_manifest_parse(const void *data, size_t size, OciManifest **ret, char **reterr_why) {
        if (size > OCI_DOCUMENT_MAX)
                return -EFBIG;

        _cleanup_(oci_manifest_freep) OciManifest *m = calloc(1, sizeof(OciManifest));
        if (!m)
                return -ENOMEM;

        int r = json_parse_into(data, size, decode_manifest, m, reterr_why);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(m);
        return 0;
}

int oci_index_parse(const void *data, size_t size, OciIndex **ret, char **reterr_why) {
        if (size > OCI_DOCUMENT_MAX)
                return -EFBIG;

        _cleanup_(oci_index_freep) OciIndex *i = calloc(1, sizeof(OciIndex));
        if (!i)
                return -ENOMEM;

        int r = json_parse_into(data, size, decode_index, i, reterr_why);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(i);
        return 0;
}

int oci_config_parse(const void *data, size_t size, OciConfig **ret, char **reterr_why) {
        if (size > OCI_DOCUMENT_MAX)
                return -EFBIG;

        _cleanup_(oci_config_freep) OciConfig *c = calloc(1, sizeof(OciConfig));
        if (!c)
                return -ENOMEM;

        int r = json_parse_into(data, size, decode_config, c, reterr_why);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(c);
        return 0;
}

/* A document that says what it is must be it; the parser of that type sees to the rest. */
static int decode_type(const Json *value, void *target, const JsonPath *at) {
        MediaType *type = target;

        if (json_kind(value) != JSON_KIND_OBJECT)
                return json_refuse(at, "not an object");

        const char *text = json_get_text(value, "mediaType");
        if (text)
                *type = media_type_parse(text);
        else if (json_get(value, "manifests"))
                *type = MEDIA_INDEX;
        else if (json_get(value, "config"))
                *type = MEDIA_MANIFEST;

        if (*type != MEDIA_MANIFEST && *type != MEDIA_INDEX)
                return json_refuse(at, "neither a manifest nor an index of OCI or of Docker's schema 2");

        return 0;
}

int oci_document_type(const void *data, size_t size, char **reterr_why) {
        MediaType type = MEDIA_UNKNOWN;

        if (size > OCI_DOCUMENT_MAX)
                return -EFBIG;

        int r = json_parse_into(data, size, decode_type, &type, reterr_why);
        return r < 0 ? r : (int) type;
}

/* Returns -EBADMSG with the message that is formatted. */
static int _printf_(2, 3) refuse(char **reterr_why, const char *format, ...) {
        va_list ap;

        if (!reterr_why)
                return -EBADMSG;

        va_start(ap, format);
        int n = vasprintf(reterr_why, format, ap);
        va_end(ap);
        return n < 0 ? -ENOMEM : -EBADMSG;
}

const char *oci_manifest_artifact_type(const OciManifest *m) {
        return m->artifact_type ? m->artifact_type : m->config.media_type_text;
}

int oci_manifest_check_image(const OciManifest *m, char **reterr_why) {
        if (m->config.media_type != MEDIA_CONFIG)
                return refuse(reterr_why, "config: not an image's");
        if (m->n_layers == 0)
                return refuse(reterr_why, "layers: none");

        for (size_t i = 0; i < m->n_layers; i++)
                switch (m->layers[i].media_type) {
                case MEDIA_LAYER_TAR:
                case MEDIA_LAYER_GZIP:
                case MEDIA_LAYER_ZSTD: break;
                case MEDIA_LAYER_FOREIGN:
                        return refuse(reterr_why,
                                      "layers[%zu]: encrypted, or not distributed by the registry", i);
                default: return refuse(reterr_why, "layers[%zu]: not a tar archive", i);
                }

        return 0;
}

int oci_image_check(const OciManifest *m, const OciConfig *c, char **reterr_why) {
        if (m->n_layers != c->n_diff_ids)
                return refuse(reterr_why, "%zu layers in the manifest, %zu diff_ids in the config",
                              m->n_layers, c->n_diff_ids);

        /* Layers by the name of a SHA-512 are those of appc images: nothing that an OCI image brings is ever
         * compared with it. */
        for (size_t i = 0; i < c->n_diff_ids; i++)
                if (c->diff_ids[i].algorithm != DIGEST_SHA256)
                        return refuse(reterr_why, "rootfs.diff_ids[%zu]: only sha256 is supported", i);

        return 0;
}

/* ARM's versions as a number; 0 for everything else, where variants are either the base of the architecture
 * or beyond it. */
static unsigned arm_version(const char *architecture, const char *variant) {
        if (!streq(architecture, "arm"))
                return 0;
        if (!variant)
                return 7;

        return variant[0] == 'v' && variant[1] >= '5' && variant[1] <= '8' && variant[2] == '\0'
                               ? variant[1] - '0'
                               : 0;
}

/* The variant that is meant where none is said. */
static bool is_base_variant(const char *architecture, const char *variant) {
        return !variant || variant[0] == '\0' || (streq(architecture, "arm64") && streq(variant, "v8")) ||
               (streq(architecture, "amd64") && streq(variant, "v1"));
}

/* How well an entry's variant suits the one wanted: 0 not at all, else the higher the better. */
static unsigned rate_variant(const char *architecture, const char *wanted, const char *offered) {
        unsigned w = arm_version(architecture, wanted), o = arm_version(architecture, offered);

        if (w > 0)
                return o <= w ? o : 0;
        if (streq_ptr(wanted, offered))
                return 2;

        return is_base_variant(architecture, offered);
}

const OciDescriptor *oci_index_choose(const OciIndex *i, const char *os, const char *architecture,
                                      const char *variant) {
        const OciDescriptor *best = NULL;
        unsigned best_rate = 0;

        for (size_t k = 0; k < i->n_manifests; k++) {
                const OciDescriptor *d = &i->manifests[k];

                if (d->media_type != MEDIA_MANIFEST || !streq_ptr(d->os, os) ||
                    !streq_ptr(d->architecture, architecture))
                        continue;

                unsigned rate = rate_variant(architecture, variant, d->variant);
                if (rate > best_rate) {
                        best = d;
                        best_rate = rate;
                }
        }

        return best;
}

const OciDescriptor *oci_index_find_tag(const OciIndex *i, const char *tag) {
        const OciDescriptor *found = NULL;

        for (size_t k = 0; k < i->n_manifests; k++) {
                const OciDescriptor *d = &i->manifests[k];

                if (tag ? !streq_ptr(pairs_get(&d->annotations, REF_NAME), tag) : d->artifact_type != NULL)
                        continue;
                if (found)
                        return NULL;
                found = d;
        }

        return found;
}

int oci_blob_path(const Digest *digest, char **ret) {
        char text[DIGEST_TEXT_MAX];

        digest_format(digest, text);
        *strchr(text, ':') = '/';
        return str_printf(ret, "blobs/%s", text);
}
