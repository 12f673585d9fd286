/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the values of unit properties that are lists.
 * Never: reads what a value names; knows which property wants which.
 * Follows: systemd.resource-control(5), systemd.exec(5), systemd.unit(5). */

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>

#include "basic/amount.h"
#include "basic/base64.h"
#include "basic/str.h"
#include "pod/unit-value.h"

#define FIELD_NAME_MAX 64 /* as journald */
#define CREDENTIAL_MAX (1024 * 1024)

/* Calls `add` for each of several words. */
static int each_word(const char *value, int (*add)(const char *word, UnitProperty *p), UnitProperty *p) {
        for (const char *at = value;;) {
                _cleanup_free_ char *word = NULL;

                int r = unit_value_word(&at, &word);
                if (r < 0 || !word)
                        return r;
                r = add(word, p);
                if (r < 0)
                        return r;
        }
}

static int add_text(const char *text, UnitProperty *p) {
        UnitPropertyItem *item = unit_property_add(p);
        return item ? str_copy(text, &item->text) : -ENOMEM;
}

static bool is_unit_name(const char *name) {
        static const char *const suffixes[] = { ".service", ".socket",    ".target", ".device",
                                                ".mount",   ".automount", ".swap",   ".timer",
                                                ".path",    ".slice",     ".scope" };

        for (size_t i = 0; i < ELEMENTSOF(suffixes); i++) {
                const char *end = endswith(name, suffixes[i]);
                if (end && end > name)
                        return in_charset(name, DIGITS LOWERCASE UPPERCASE ":-_.\\@") && strlen(name) < 256;
        }

        return false;
}

static int add_unit(const char *word, UnitProperty *p) {
        return is_unit_name(word) ? add_text(word, p) : -EINVAL;
}

static int parse_names(const char *value, const char *words, UnitProperty *p) {
        return each_word(value, add_unit, p);
}

static int add_uri(const char *word, UnitProperty *p) {
        static const char *const schemes[] = { "man:", "https://", "http://", "file:", "info:" };

        for (size_t i = 0; i < ELEMENTSOF(schemes); i++)
                if (startswith(word, schemes[i]))
                        return add_text(word, p);

        return -EINVAL;
}

/* The first may begin with '~': all but these. It is a number of each item's. */
static int add_interface(const char *word, UnitProperty *p) {
        bool but = p->n_items == 0 ? word[0] == '~' : p->items[0].numbers[0] == 0;
        const char *name = word + (p->n_items == 0 && but);

        if (!is_plain_name(name) || strlen(name) >= IFNAMSIZ)
                return -EINVAL;
        int r = add_text(name, p);
        if (r >= 0)
                p->items[p->n_items - 1].numbers[0] = !but;

        return r;
}

static int parse_interfaces(const char *value, const char *words, UnitProperty *p) {
        return each_word(value, add_interface, p);
}

static int parse_uris(const char *value, const char *words, UnitProperty *p) {
        return each_word(value, add_uri, p);
}

static int parse_paths(const char *value, const char *words, UnitProperty *p) {
        return value[0] == '\0' ? 0 : value[0] == '/' ? add_text(value, p) : -EINVAL;
}

/* "NAME:VALUE" or "NAME VALUE": an item with the name for text; *ret_rest is behind the separator, NULL if there is
 * none. */
static int add_named(const char *value, char separator, UnitProperty *p, const char **ret_rest) {
        const char *end = strchrnul(value, separator);
        UnitPropertyItem *item = unit_property_add(p);

        if (!item)
                return -ENOMEM;
        if (end == value)
                return -EINVAL;
        item->text = strndup(value, end - value);
        if (!item->text)
                return -ENOMEM;

        *ret_rest = *end ? end + 1 : NULL;
        return 0;
}

static int set_bytes(UnitProperty *p, const void *data, size_t size) {
        UnitPropertyItem *item = &p->items[p->n_items - 1];

        item->bytes = (Blob) { malloc(size + 1), size };
        if (!item->bytes.data)
                return -ENOMEM;
        memcpy(item->bytes.data, data, size);
        ((char *) item->bytes.data)[size] = '\0';

        return 0;
}

static int parse_devices(const char *value, const char *words, UnitProperty *p) {
        const char *access;

        int r = add_named(value, ' ', p, &access);
        if (r < 0)
                return r;
        if (!startswith(value, "/dev/") && !startswith(value, "char-") && !startswith(value, "block-"))
                return -EINVAL;
        if (access && (!in_charset(access, "rwm") || strlen(access) > 3))
                return -EINVAL;

        access = access ? access : "rwm";
        return set_bytes(p, access, strlen(access));
}

/* "/dev/sda VALUE", where `number` reads the value. */
static int parse_device_number(const char *value, int (*number)(const char *text, uint64_t *ret),
                               UnitProperty *p) {
        const char *text;

        if (value[0] == '\0')
                return 0;
        if (value[0] != '/')
                return -EINVAL;
        int r = add_named(value, ' ', p, &text);
        if (r < 0)
                return r;

        return text ? number(text, &p->items[p->n_items - 1].numbers[0]) : -EINVAL;
}

static int number_weight(const char *text, uint64_t *ret) {
        int r = str_to_u64(text, ret);
        return r < 0 ? r : *ret < 1 || *ret > 10000 ? -EINVAL : 0;
}

/* Bandwidth counts in thousands, unlike memory. */
static int number_size(const char *text, uint64_t *ret) {
        static const char suffixes[] = "KMGT";
        size_t n = strspn(text, DIGITS);
        _cleanup_free_ char *digits = strndup(text, n);
        const char *suffix = text[n] ? strchr(suffixes, text[n]) : NULL;

        if (!digits)
                return -ENOMEM;
        if (streq(text, "infinity")) {
                *ret = UINT64_MAX;
                return 0;
        }
        int r = str_to_u64(digits, ret);
        if (r < 0 || (text[n] && (!suffix || text[n + 1])))
                return -EINVAL;
        for (const char *s = suffixes; suffix && s <= suffix; s++)
                if (__builtin_mul_overflow(*ret, (uint64_t) 1000, ret))
                        return -EINVAL;

        return 0;
}

static int parse_device_weights(const char *value, const char *words, UnitProperty *p) {
        return parse_device_number(value, number_weight, p);
}

static int parse_device_sizes(const char *value, const char *words, UnitProperty *p) {
        return parse_device_number(value, number_size, p);
}

static int parse_device_spans(const char *value, const char *words, UnitProperty *p) {
        return parse_device_number(value, span_parse_usec, p);
}

static bool is_credential_name(const char *name) {
        return in_charset(name, DIGITS LOWERCASE UPPERCASE "_-.") && name[0] != '.' && strlen(name) < 256;
}

/* "NAME:SOURCE", the item's text and *ret_source. */
static int add_credential(const char *value, UnitProperty *p, const char **ret_source) {
        int r = add_named(value, ':', p, ret_source);
        return r < 0 ? r : is_credential_name(p->items[p->n_items - 1].text) ? 0 : -EINVAL;
}

static int parse_credential_files(const char *value, const char *words, UnitProperty *p) {
        const char *path;

        if (value[0] == '\0')
                return 0;
        int r = add_credential(value, p, &path);
        if (r < 0)
                return r;

        /* Of one that the host itself was given there is the name only. */
        path = path ? path : p->items[p->n_items - 1].text;
        return path[0] == '/' || is_credential_name(path) ? set_bytes(p, path, strlen(path)) : -EINVAL;
}

static int parse_credentials(const char *value, const char *words, UnitProperty *p) {
        const char *text;

        if (value[0] == '\0')
                return 0;
        int r = add_credential(value, p, &text);
        if (r < 0 || !text || strlen(text) > CREDENTIAL_MAX)
                return r < 0 ? r : -EINVAL;

        return set_bytes(p, text, strlen(text));
}

static int parse_sealed_credentials(const char *value, const char *words, UnitProperty *p) {
        _cleanup_blob_ Blob sealed = {};
        const char *text;

        if (value[0] == '\0')
                return 0;
        int r = add_credential(value, p, &text);
        if (r >= 0)
                r = text ? base64_decode(cursor_of(text, strlen(text)), &sealed) : -EINVAL;

        return r < 0 ? r : set_bytes(p, sealed.data, sealed.size);
}

/* "FIELD=text": one field of each entry of the journal. */
static int parse_field(const char *value, const char *words, UnitProperty *p) {
        size_t n = strspn(value, DIGITS UPPERCASE "_");

        if (value[0] == '\0')
                return 0;
        if (n == 0 || n > FIELD_NAME_MAX || value[n] != '=' || value[0] == '_' || strchr(DIGITS, value[0]))
                return -EINVAL;

        return unit_property_add(p) ? set_bytes(p, value, strlen(value)) : -ENOMEM;
}

static int add_status(const char *word, UnitProperty *p) {
        UnitPropertyItem *item = unit_property_add(p);

        if (!item)
                return -ENOMEM;
        int r = str_to_u64(word, &item->numbers[0]);
        return r < 0 ? r : item->numbers[0] > 255 ? -EINVAL : 0;
}

static int parse_statuses(const char *value, const char *words, UnitProperty *p) {
        return each_word(value, add_status, p);
}

/* One item: family, address, length of the prefix. */
static int add_prefix(const char *address, unsigned length, UnitProperty *p) {
        uint8_t bytes[sizeof(struct in6_addr)];
        int family = strchr(address, ':') ? AF_INET6 : AF_INET;
        size_t size = family == AF_INET6 ? sizeof(struct in6_addr) : sizeof(struct in_addr);

        if (inet_pton(family, address, bytes) != 1 || length > size * 8)
                return -EINVAL;
        UnitPropertyItem *item = unit_property_add(p);
        if (!item)
                return -ENOMEM;

        item->numbers[0] = family;
        item->numbers[1] = length;
        return set_bytes(p, bytes, size);
}

/* The words for which systemd puts addresses. */
static int add_known_prefixes(const char *word, UnitProperty *p) {
        static const struct {
                const char *word, *v4;
                unsigned length4;
                const char *v6;
                unsigned length6;
        } known[] = {
                { "any", "0.0.0.0", 0, "::", 0 },
                { "localhost", "127.0.0.0", 8, "::1", 128 },
                { "link-local", "169.254.0.0", 16, "fe80::", 64 },
                { "multicast", "224.0.0.0", 4, "ff00::", 8 },
        };

        for (size_t i = 0; i < ELEMENTSOF(known); i++)
                if (streq(word, known[i].word)) {
                        int r = add_prefix(known[i].v4, known[i].length4, p);
                        return r < 0 ? r : add_prefix(known[i].v6, known[i].length6, p);
                }

        return -ENOENT;
}

static int add_address(const char *word, UnitProperty *p) {
        _cleanup_free_ char *address = strndup(word, strcspn(word, "/"));
        uint64_t length = strchr(word, ':') ? 128 : 32;

        if (!address)
                return -ENOMEM;
        int r = add_known_prefixes(word, p);
        if (r != -ENOENT)
                return r;
        const char *slash = strchr(word, '/');
        if (slash && (str_to_u64(slash + 1, &length) < 0 || length > 128))
                return -EINVAL;

        return add_prefix(address, length, p);
}

static int parse_addresses(const char *value, const char *words, UnitProperty *p) {
        return each_word(value, add_address, p);
}

/* "8080", "8000-8999" or "any": how many, and the first; 0 of them are all. */
static int parse_ports(const char *text, uint64_t *ret_n, uint64_t *ret_first) {
        _cleanup_free_ char *first = strndup(text, strcspn(text, "-"));
        uint64_t from, to;

        if (!first)
                return -ENOMEM;
        if (streq(text, "any")) {
                *ret_n = *ret_first = 0;
                return 0;
        }
        if (str_to_u64(first, &from) < 0)
                return -EINVAL;
        to = from;
        if (text[strlen(first)] && str_to_u64(text + strlen(first) + 1, &to) < 0)
                return -EINVAL;
        if (from < 1 || from > to || to > UINT16_MAX)
                return -EINVAL;

        *ret_n = to - from + 1;
        *ret_first = from;
        return 0;
}

/* "[ipv4:|ipv6:][tcp:|udp:]PORTS": family, protocol, and what parse_ports() says. */
static int add_socket(const char *word, UnitProperty *p) {
        static const struct {
                const char *prefix;
                size_t number;
                int value;
        } known[] = {
                { "ipv4:", 0, AF_INET },
                { "ipv6:", 0, AF_INET6 },
                { "tcp:", 1, IPPROTO_TCP },
                { "udp:", 1, IPPROTO_UDP },
        };
        UnitPropertyItem *item = unit_property_add(p);
        if (!item)
                return -ENOMEM;

        for (size_t i = 0; i < ELEMENTSOF(known); i++) {
                const char *rest = startswith(word, known[i].prefix);
                if (rest) {
                        item->numbers[known[i].number] = known[i].value;
                        word = rest;
                }
        }

        return parse_ports(word, &item->numbers[2], &item->numbers[3]);
}

static int parse_sockets(const char *value, const char *words, UnitProperty *p) {
        return each_word(value, add_socket, p);
}

const UnitValueKind unit_names = { "as", "names of units, as 'db.service' is", parse_names };
const UnitValueKind unit_uris = { "as", "'man:', 'https:' or 'file:' addresses", parse_uris };
const UnitValueKind unit_paths = { "as", "an absolute path", parse_paths };
const UnitValueKind unit_devices = { "a(ss)", "a device and what may be done to it, as in '/dev/fuse rw'",
                                     parse_devices };
const UnitValueKind unit_device_weights = { "a(st)",
                                            "a path and a weight from 1 to 10000, as in '/dev/sda 500'",
                                            parse_device_weights };
const UnitValueKind unit_device_sizes = {
        "a(st)", "a path and a rate (K, M, G or T may follow), as in '/dev/sda 10M'", parse_device_sizes
};
const UnitValueKind unit_device_spans = { "a(st)", "a path and a time span, as in '/dev/sda 25ms'",
                                          parse_device_spans };
const UnitValueKind unit_credential_files = { "a(ss)", "NAME:PATH, or the name of a credential of the host",
                                              parse_credential_files };
const UnitValueKind unit_credentials = { "a(say)", "NAME:TEXT", parse_credentials, .secret = true,
                                         .spelling = UNIT_ESCAPED };
const UnitValueKind unit_sealed_credentials = { "a(say)", "NAME:TEXT, TEXT from systemd-creds(1)",
                                                parse_sealed_credentials, .secret = true };
const UnitValueKind unit_field = { "aay", "FIELD=TEXT, FIELD in capitals", parse_field,
                                   .spelling = UNIT_WORD };
const UnitValueKind unit_statuses = { "(aiai)", "numbers from 0 to 255", parse_statuses };
const UnitValueKind unit_addresses = { "a(iayu)", "addresses, as '192.0.2.0/24', 'localhost' and 'any' are",
                                       parse_addresses };
const UnitValueKind unit_interfaces = { "(bas)", "interfaces, as 'eth0' and '~eth0 wlan0' are",
                                        parse_interfaces };
const UnitValueKind unit_sockets = { "a(iiqq)", "ports, as '8080', 'tcp:8000-8999' and 'ipv6:any' are",
                                     parse_sockets };
