/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: results of CNI plugins, and their errors.
 * Never: believes that what a result says is so.
 * Follows: CNI 1.0.0, SPEC.md, section 5; version 0.4.0, whose results have a "version" beside each address that says nothing more. */

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "basic/refuse.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "cni/result.h"
#include "image/host.h"
#include "image/json-table.h"

#define ADDRESSES_MAX 64U
#define SAID_MAX 512U /* characters of what a plugin says */

static int decode_address(const Json *value, void *member, const JsonPath *at) {
        const char *text = json_text(value);

        return text && cni_address_parse(text, member) >= 0 ? 0 : json_refuse(at, "not ADDRESS/PREFIX");
}

static int decode_ip(const Json *value, void *member, const JsonPath *at) {
        static const JsonField fields[] = {
                { "address", decode_address, 0, JSON_MANDATORY },
                {},
        };

        return json_decode_object(value, fields, member, at);
}

static int decode_nameserver(const Json *value, void *member, const JsonPath *at) {
        const char *text = json_text(value);
        struct in6_addr address;

        if (!text || (inet_pton(AF_INET, text, &address) != 1 && inet_pton(AF_INET6, text, &address) != 1))
                return json_refuse(at, "not an address");

        return strv_add(member, text);
}

static int check_domain(const char *text, const JsonPath *at) {
        return text && (!text[0] || hostname_is_valid(text)) ? 0 : json_refuse(at, "not a domain");
}

static int decode_domain(const Json *value, void *member, const JsonPath *at) {
        const char *text = json_text(value);

        int r = check_domain(text, at);
        return r < 0 || !text[0] ? r : strv_add(member, text);
}

/* A word of a line. */
static int decode_option(const Json *value, void *member, const JsonPath *at) {
        const char *text = json_text(value);

        if (!text || !in_charset(text, LOWERCASE UPPERCASE DIGITS "-_:.,"))
                return json_refuse(at, "not an option of resolv.conf");

        return strv_add(member, text);
}

/* An array, each item of which adds to a strv. */
static int decode_words(const Json *value, JsonDecode item, char ***list, const JsonPath *at) {
        int r = 0;

        if (json_kind(value) != JSON_KIND_ARRAY || json_length(value) > JSON_ITEMS_MAX)
                return json_refuse(at, "not an array, or too long");
        for (size_t i = 0; r >= 0 && i < json_length(value); i++)
                r = item(json_at(value, i), list, at);

        return r;
}

static int decode_nameservers(const Json *value, void *member, const JsonPath *at) {
        return decode_words(value, decode_nameserver, member, at);
}

static int decode_domains(const Json *value, void *member, const JsonPath *at) {
        return decode_words(value, decode_domain, member, at);
}

static int decode_options(const Json *value, void *member, const JsonPath *at) {
        return decode_words(value, decode_option, member, at);
}

static int decode_one_domain(const Json *value, void *member, const JsonPath *at) {
        const char *text = json_text(value);

        int r = check_domain(text, at);
        return r < 0 || !text[0] ? r : str_copy(text, member);
}

static int decode_dns(const Json *value, void *member, const JsonPath *at) {
        static const JsonField fields[] = {
                { "nameservers", decode_nameservers, offsetof(CniResult, nameservers) },
                { "domain", decode_one_domain, offsetof(CniResult, domain) },
                { "search", decode_domains, offsetof(CniResult, search) },
                { "options", decode_options, offsetof(CniResult, options) },
                {},
        };

        return json_decode_object(value, fields, member, at);
}

static int decode_result(const Json *value, void *target, const JsonPath *at) {
        static const JsonField fields[] = {
                { "ips", decode_ip, offsetof(CniResult, ips), JSON_ITEMS(CniResult, ips),
                  .max = ADDRESSES_MAX },
                { "dns", decode_dns, 0 },
                {},
        };

        int r = json_decode_object(value, fields, target, at);
        if (r >= 0)
                ((CniResult *) target)->document = json_ref(value);

        return r;
}

CniResult *cni_result_free(CniResult *result) {
        if (!result)
                return NULL;

        free(result->ips);
        strv_free(result->nameservers);
        strv_free(result->search);
        strv_free(result->options);
        free(result->domain);
        json_unref(result->document);
        free(result);
        return NULL;
}

int cni_result_decode(const Json *document, CniResult **ret, char **reterr_why) {
        _cleanup_(cni_result_freep) CniResult *result = calloc(1, sizeof(CniResult));
        if (!result)
                return -ENOMEM;

        int r = json_decode(document, decode_result, result, reterr_why);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(result);
        return 0;
}

int cni_result_parse(const void *data, size_t size, CniResult **ret, char **reterr_why) {
        _cleanup_json_ Json *document = NULL;

        int r = json_parse(data, size, &document, reterr_why);
        return r < 0 ? r : cni_result_decode(document, ret, reterr_why);
}

int cni_error_parse(const void *data, size_t size, char **ret) {
        _cleanup_free_ char *message = NULL, *details = NULL;
        _cleanup_json_ Json *document = NULL;

        int r = json_parse(data, size, &document, NULL);
        if (r < 0)
                return r;
        const char *msg = json_get_text(document, "msg"), *more = json_get_text(document, "details");
        if (!msg || !msg[0])
                return -EBADMSG;

        message = str_escape(msg, strlen(msg), SAID_MAX);
        details = str_escape(more ? more : "", more ? strlen(more) : 0, SAID_MAX);
        if (!message || !details)
                return -ENOMEM;

        return str_printf(ret, "%s%s%s", message, details[0] ? ": " : "", details);
}
