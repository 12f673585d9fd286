/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the list of signatures that some registries keep with an image.
 * Never: reads what a signature says.
 * Follows: https://github.com/containers/image/blob/main/docs/signature-protocols.md; the wire says schemaVersion
 * where the document says version. */

#include "basic/base64.h"
#include "basic/str.h"
#include "image/json-table.h"
#include "image/signature-list.h"

#define SCHEMA_VERSION 2
#define ITEMS_MAX 1024U

typedef struct Item {
        uint64_t version;
        char *name; /* "<digest>@<any id>" */
        char *type;
        char *content; /* base64 */
} Item;

static void item_done(Item *i) {
        free(i->name);
        free(i->type);
        free(i->content);
}

void signature_list_done(SignatureList *l) {
        for (size_t i = 0; i < l->n_items; i++)
                json_unref(l->items[i]);
        free(l->items);
        *l = (SignatureList) {};
}

static int decode_list(const Json *value, void *target, const JsonPath *at) {
        static const JsonField fields[] = {
                { "signatures", json_decode_any, offsetof(SignatureList, items), JSON_MANDATORY,
                  JSON_ITEMS(SignatureList, items), .max = ITEMS_MAX },
                {},
        };
        return json_decode_object(value, fields, target, at);
}

int signature_list_parse(const void *data, size_t size, SignatureList *ret, char **reterr_why) {
        _cleanup_signature_list_ SignatureList l = {};

        int r = json_parse_into(data, size, decode_list, &l, reterr_why);
        if (r < 0)
                return r;

        *ret = l;
        l = (SignatureList) {};
        return 0;
}

static int decode_item(const Json *value, void *target, const JsonPath *at) {
        static const JsonField fields[] = {
                { "schemaVersion", json_decode_u64, offsetof(Item, version), JSON_MANDATORY },
                { "name", json_decode_string, offsetof(Item, name), JSON_MANDATORY },
                { "type", json_decode_string, offsetof(Item, type), JSON_MANDATORY },
                { "content", json_decode_string, offsetof(Item, content), JSON_MANDATORY },
                {},
        };
        return json_decode_object(value, fields, target, at);
}

static bool is_for(const Item *item, const Digest *digest) {
        char text[DIGEST_TEXT_MAX];

        digest_format(digest, text);
        const char *id = startswith(item->name, text);
        return id && id[0] == '@' && item->version == SCHEMA_VERSION && streq(item->type, "atomic");
}

static int decode_content(const Item *item, Blob *ret, char **reterr_why) {
        _cleanup_blob_ Blob content = {};

        int r = base64_decode(cursor_of(item->content, strlen(item->content)), &content);
        if (r == -EBADMSG || (r >= 0 && content.size > SIMPLE_SIGNATURE_MAX)) {
                r = str_copy(r < 0 ? "content: not base64" : "content: more than 256 KiB", reterr_why);
                return r < 0 ? r : -EBADMSG;
        }
        if (r < 0)
                return r;

        *ret = TAKE_BLOB(content);
        return 1;
}

int signature_list_get(const SignatureList *l, size_t i, const Digest *digest, Blob *ret,
                       char **reterr_why) {
        _cleanup_(item_done) Item item = {};

        int r = json_decode(l->items[i], decode_item, &item, reterr_why);
        if (r < 0)
                return r;

        return is_for(&item, digest) ? decode_content(&item, ret, reterr_why) : 0;
}

bool simple_signature_is_openpgp(const Blob *signature) {
        const uint8_t *first = signature->data;

        if (signature->size == 0)
                return false;

        /* Packets in the old format with their four types of length, and in the new one. */
        return (*first & 0xfc) == 0xa0 || *first == 0xc8 ||                     /* compressed data */
               ((*first & 0xfc) == 0x90 && *first != 0x93) || *first == 0xc4 || /* one-pass signature */
               (*first & 0xfc) == 0x88 || *first == 0xc2;                       /* signature */
}
