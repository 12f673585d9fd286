/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the image manifest of an ACI.
 * Never: looks at the archive; compares the manifest with anything but a name and labels.
 * Follows: App Container spec 0.8.11, aci.md, "Image Manifest Schema"; discovery.md, "Validation". */

#include "basic/str.h"
#include "basic/strv.h"
#include "image/appc.h"

AppcImage *appc_image_free(AppcImage *image) {
        if (!image)
                return NULL;

        free(image->ac_version);
        free(image->name);
        pairs_done(&image->labels);
        appc_app_free(image->app);
        for (size_t i = 0; i < image->n_dependencies; i++) {
                free(image->dependencies[i].image_name);
                pairs_done(&image->dependencies[i].labels);
        }
        free(image->dependencies);
        strv_free(image->path_whitelist);
        pairs_done(&image->annotations);
        free(image);
        return NULL;
}

static int decode_kind(const Json *value, void *unused, const JsonPath *at) {
        const char *kind = json_text(value);
        return kind && streq(kind, "ImageManifest") ? 0 : json_refuse(at, "not \"ImageManifest\"");
}

static int decode_id(const Json *value, void *member, const JsonPath *at) {
        AppcDependency *dependency = member;
        const char *id = json_text(value);

        if (!id || digest_parse_id(id, &dependency->id) < 0 || dependency->id.algorithm != DIGEST_SHA512)
                return json_refuse(at, "not \"sha512-\" and 128 hex digits");

        dependency->has_id = true;
        return 0;
}

static int decode_dependency(const Json *value, void *member, const JsonPath *at) {
        static const JsonField fields[] = {
                { "imageName", appc_decode_identifier, offsetof(AppcDependency, image_name),
                  JSON_MANDATORY },
                { "imageID", decode_id, 0 },
                { "labels", appc_decode_labels, offsetof(AppcDependency, labels) },
                { "size", json_decode_u64, offsetof(AppcDependency, size) },
                {},
        };

        return json_decode_object(value, fields, member, at);
}

static int decode_whitelist(const Json *value, void *member, const JsonPath *at) {
        char ***whitelist = member;

        int r = json_decode_strv(value, whitelist, at);
        if (r < 0)
                return r;

        STRV_FOREACH(path, *whitelist)
                if ((*path)[0] != '/')
                        return json_refuse(at, "\"%.64s\" is not an absolute path", *path);

        return 0;
}

static int decode_image(const Json *value, void *target, const JsonPath *at) {
        static const JsonField fields[] = {
                { "acKind", decode_kind, 0, JSON_MANDATORY },
                { "acVersion", appc_decode_version, offsetof(AppcImage, ac_version), JSON_MANDATORY },
                { "name", appc_decode_identifier, offsetof(AppcImage, name), JSON_MANDATORY },
                { "labels", appc_decode_labels, offsetof(AppcImage, labels) },
                { "app", appc_decode_app, offsetof(AppcImage, app) },
                { "dependencies", decode_dependency, offsetof(AppcImage, dependencies),
                  JSON_ITEMS(AppcImage, dependencies) },
                { "pathWhitelist", decode_whitelist, offsetof(AppcImage, path_whitelist) },
                { "annotations", appc_decode_annotations, offsetof(AppcImage, annotations) },
                {},
        };

        return json_decode_object(value, fields, target, at);
}

int appc_image_parse(const void *data, size_t size, AppcImage **ret, char **reterr_why) {
        if (size > APPC_DOCUMENT_MAX)
                return -EFBIG;

        _cleanup_(appc_image_freep) AppcImage *image = calloc(1, sizeof(AppcImage));
        if (!image)
                return -ENOMEM;

        int r = json_parse_into(data, size, decode_image, image, reterr_why);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(image);
        return 0;
}

static int refuse(char **reterr_why, const char *what, const char *wanted, const char *found) {
        _cleanup_free_ char *text = NULL;

        if (!reterr_why)
                return -EBADMSG;

        int r = found ? str_printf(&text, "%s is \"%.128s\", asked for was \"%.128s\"", what, found, wanted)
                      : str_printf(&text, "it has no %s, asked for was \"%.128s\"", what, wanted);
        if (r < 0)
                return r;

        char *why = str_escape(text, strlen(text), SIZE_MAX);
        if (!why)
                return -ENOMEM;

        *reterr_why = why;
        return -EBADMSG;
}

int appc_image_check(const AppcImage *image, const char *name, const Pairs *labels, char **reterr_why) {
        if (name && !streq(image->name, name))
                return refuse(reterr_why, "name", name, image->name);

        for (size_t i = 0; i < labels->n; i++) {
                const char *value = pairs_get(&image->labels, labels->items[i].name);
                if (!streq_ptr(value, labels->items[i].value))
                        return refuse(reterr_why, labels->items[i].name, labels->items[i].value, value);
        }

        return 0;
}
