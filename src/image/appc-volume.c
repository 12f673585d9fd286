/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the volumes of a pod manifest, in both directions.
 * Never: looks whether a path exists.
 * Follows: App Container spec 0.8.11, pods.md, "Pod Manifest Schema", volumes. */

#include "basic/str.h"
#include "image/appc-types.h"
#include "image/appc-volume.h"

#define MODE_MAX 5U /* "01777" */

void appc_volume_done(AppcVolume *volume) {
        free(volume->name);
        free(volume->source);
        free(volume->mode);
}

static int decode_volume_kind(const Json *value, void *member, const JsonPath *at) {
        const char *kind = json_text(value);

        if (kind && streq(kind, "host"))
                *(AppcVolumeKind *) member = APPC_VOLUME_HOST;
        else if (kind && streq(kind, "empty"))
                *(AppcVolumeKind *) member = APPC_VOLUME_EMPTY;
        else
                return json_refuse(at, "neither \"host\" nor \"empty\"");

        return 0;
}

static int encode_volume_kind(const void *member, Json **ret) {
        *ret = json_new_string(*(const AppcVolumeKind *) member == APPC_VOLUME_HOST ? "host" : "empty");
        return *ret ? 0 : -ENOMEM;
}

static int decode_recursive(const Json *value, void *member, const JsonPath *at) {
        bool recursive;

        int r = json_decode_bool(value, &recursive, at);
        if (r < 0)
                return r;

        *(bool *) member = !recursive;
        return 0;
}

static int encode_recursive(const void *member, Json **ret) {
        if (!*(const bool *) member)
                return 0;

        *ret = json_new_bool(false);
        return *ret ? 0 : -ENOMEM;
}

static int decode_mode(const Json *value, void *member, const JsonPath *at) {
        const char *mode = json_text(value);

        if (!mode || !in_charset(mode, "01234567") || strlen(mode) > MODE_MAX ||
            (strlen(mode) == MODE_MAX && mode[0] != '0'))
                return json_refuse(at, "not a mode in octal digits");

        return str_copy(mode, member);
}

/* To the kernel -1 means "no change". */
static int decode_owner(const Json *value, void *member, const JsonPath *at) {
        int r = json_decode_u32(value, member, at);
        if (r < 0)
                return r;

        return *(const uint32_t *) member == UINT32_MAX ? json_refuse(at, "not a user or group ID") : 0;
}

static const JsonField volume_fields[] = {
        { "name", appc_decode_name, offsetof(AppcVolume, name), JSON_MANDATORY, json_encode_string },
        { "kind", decode_volume_kind, offsetof(AppcVolume, kind), JSON_MANDATORY, encode_volume_kind },
        { "source", appc_decode_path, offsetof(AppcVolume, source), 0, json_encode_string },
        { "readOnly", json_decode_bool, offsetof(AppcVolume, read_only), 0, json_encode_bool },
        { "recursive", decode_recursive, offsetof(AppcVolume, not_recursive), 0, encode_recursive },
        { "mode", decode_mode, offsetof(AppcVolume, mode), 0, json_encode_string },
        { "uid", decode_owner, offsetof(AppcVolume, uid), 0, json_encode_u32 },
        { "gid", decode_owner, offsetof(AppcVolume, gid), 0, json_encode_u32 },
        {},
};

int appc_decode_volume(const Json *value, void *member, const JsonPath *at) {
        const AppcVolume *volume = member;

        int r = json_decode_object(value, volume_fields, member, at);
        if (r < 0)
                return r;

        if (volume->kind == APPC_VOLUME_HOST && !volume->source)
                return json_refuse(at, "a host volume has a source");
        if (volume->kind == APPC_VOLUME_HOST &&
            (json_get(value, "mode") || json_get(value, "uid") || json_get(value, "gid")))
                return json_refuse(at, "a host volume has no mode, uid or gid");
        if (volume->kind == APPC_VOLUME_EMPTY && volume->source)
                return json_refuse(at, "an empty volume has no source");

        return 0;
}

int appc_encode_volume(const void *member, Json **ret) {
        return json_encode_object(volume_fields, member, ret);
}
