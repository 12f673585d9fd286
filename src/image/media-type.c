/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the names that OCI gives to media types and machines.
 * Never: parses a document.
 * Follows: OCI image-spec v1.1, media-types.md; Docker's "Image Manifest V 2, Schema 2"; Go's GOARCH. */

#include "basic/str.h"
#include "image/media-type.h"

MediaType media_type_parse(const char *text) {
        static const struct {
                const char *text;
                MediaType type;
        } table[] = {
                { "application/vnd.oci.image.manifest.v1+json", MEDIA_MANIFEST },
                { "application/vnd.oci.image.index.v1+json", MEDIA_INDEX },
                { "application/vnd.oci.image.config.v1+json", MEDIA_CONFIG },
                { "application/vnd.oci.image.layer.v1.tar", MEDIA_LAYER_TAR },
                { "application/vnd.oci.image.layer.v1.tar+gzip", MEDIA_LAYER_GZIP },
                { "application/vnd.oci.image.layer.v1.tar+zstd", MEDIA_LAYER_ZSTD },
                { "application/vnd.oci.image.layer.nondistributable.v1.tar", MEDIA_LAYER_FOREIGN },
                { "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", MEDIA_LAYER_FOREIGN },
                { "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd", MEDIA_LAYER_FOREIGN },
                { "application/vnd.oci.image.layer.v1.tar+encrypted", MEDIA_LAYER_FOREIGN },
                { "application/vnd.oci.image.layer.v1.tar+gzip+encrypted", MEDIA_LAYER_FOREIGN },
                { "application/vnd.oci.image.layer.v1.tar+zstd+encrypted", MEDIA_LAYER_FOREIGN },
                { "application/vnd.docker.distribution.manifest.v2+json", MEDIA_MANIFEST },
                { "application/vnd.docker.distribution.manifest.list.v2+json", MEDIA_INDEX },
                { "application/vnd.docker.container.image.v1+json", MEDIA_CONFIG },
                { "application/vnd.docker.image.rootfs.diff.tar", MEDIA_LAYER_TAR },
                { "application/vnd.docker.image.rootfs.diff.tar.gzip", MEDIA_LAYER_GZIP },
                { "application/vnd.docker.image.rootfs.diff.tar.zstd", MEDIA_LAYER_ZSTD },
                { "application/vnd.docker.image.rootfs.foreign.diff.tar", MEDIA_LAYER_FOREIGN },
                { "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", MEDIA_LAYER_FOREIGN },
                { "application/vnd.docker.distribution.manifest.v1+json", MEDIA_DOCKER_SCHEMA1 },
                { "application/vnd.docker.distribution.manifest.v1+prettyjws", MEDIA_DOCKER_SCHEMA1 },
                { "application/vnd.dev.cosign.simplesigning.v1+json", MEDIA_COSIGN_SIGNATURE },
                { "application/vnd.dev.cosign.artifact.sig.v1+json", MEDIA_COSIGN_ARTIFACT },
                { "application/vnd.dev.sigstore.bundle.v0.3+json", MEDIA_SIGSTORE_BUNDLE },
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                if (streq(text, table[i].text))
                        return table[i].type;

        return MEDIA_UNKNOWN;
}

int oci_architecture_of(const char *machine, const char **ret_architecture, const char **ret_variant) {
        static const struct {
                const char *machine, *architecture, *variant;
        } table[] = {
                { "x86_64", "amd64" },
                { "i386", "386" },
                { "i486", "386" },
                { "i586", "386" },
                { "i686", "386" },
                { "aarch64", "arm64", "v8" },
                { "armv5tel", "arm", "v5" },
                { "armv6l", "arm", "v6" },
                { "armv7l", "arm", "v7" },
                { "armv8l", "arm", "v7" },
                { "loongarch64", "loong64" },
                { "ppc64", "ppc64" },
                { "ppc64le", "ppc64le" },
                { "riscv64", "riscv64" },
                { "s390x", "s390x" },
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                if (streq(machine, table[i].machine)) {
                        *ret_architecture = table[i].architecture;
                        *ret_variant = table[i].variant;
                        return 0;
                }

        return -EOPNOTSUPP;
}
