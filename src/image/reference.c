/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what a user may call an image, and the one spelling of it that rules, files and messages see.
 * Never: resolves anything; lets two spellings of one image pass for two images.
 * Follows: the grammar of distribution/reference; App Container spec, discovery.md. */

#include "basic/str.h"
#include "image/appc-types.h"
#include "image/host.h"
#include "image/reference.h"

#define LETTERS LOWERCASE UPPERCASE
#define TEXT_MAX 4096U
#define NAME_MAX_LENGTH 255U /* of registry/repository */
#define TAG_MAX 128U
#define MACHINE_NAME_MAX 64U
#define DEFAULT_REGISTRY "docker.io"

static int refuse(char **reterr_why, const char *why) {
        if (reterr_why && str_copy(why, reterr_why) < 0)
                return -ENOMEM;

        return -EINVAL;
}

Reference *reference_free(Reference *ref) {
        if (!ref)
                return NULL;

        free(ref->registry);
        free(ref->repository);
        free(ref->tag);
        free(ref->path);
        free(ref->name);
        free(ref->version);
        pairs_done(&ref->labels);
        free(ref->id);
        free(ref);
        return NULL;
}

/* "." or "_" or "__" or any number of "-" between letters and digits. */
static size_t separator_length(const char *p) {
        if (*p == '.')
                return 1;
        if (*p == '_')
                return p[1] == '_' ? 2 : 1;

        return strspn(p, "-");
}

/* Skips one component of a repository; returns what follows, or NULL if there is none. */
static const char *skip_component(const char *p) {
        for (;;) {
                size_t n = strspn(p, LOWERCASE DIGITS);
                if (n == 0)
                        return NULL;
                p += n;

                n = separator_length(p);
                if (n == 0)
                        return p;
                p += n;
        }
}

static bool repository_is_valid(const char *p) {
        for (;;) {
                p = skip_component(p);
                if (!p || *p == '\0')
                        return p != NULL;
                if (*p++ != '/')
                        return false;
        }
}

static bool tag_is_valid(const char *tag) {
        return in_charset(tag, LETTERS DIGITS "_.-") && tag[0] != '.' && tag[0] != '-' &&
               strlen(tag) <= TAG_MAX;
}

/* As docker has it: the first component is a host if it cannot be the name of a user. */
static bool names_registry(const char *component) {
        return strpbrk(component, ".:") || streq(component, "localhost");
}

static int set_registry(Reference *ref, char *host, char **reterr_why) {
        for (char *p = host; *p; p++)
                if (*p >= 'A' && *p <= 'Z')
                        *p += 'a' - 'A';

        if (!host_is_valid(host))
                return refuse(reterr_why, "the registry is not a host, or its port none from 1 to 65535");

        return str_copy(host_canonical(host), &ref->registry);
}

static int set_repository(Reference *ref, const char *name, char **reterr_why) {
        bool official = streq(ref->registry, DEFAULT_REGISTRY) && !strchr(name, '/');

        if (!repository_is_valid(name))
                return refuse(reterr_why, "the name is not made of lower-case letters and digits with "
                                          "single . _ - / between them");

        int r = str_printf(&ref->repository, "%s%s", official ? "library/" : "", name);
        if (r < 0)
                return r;

        if (strlen(ref->registry) + 1 + strlen(ref->repository) > NAME_MAX_LENGTH)
                return refuse(reterr_why, "the name is longer than 255 characters");

        return 0;
}

static int set_tag(Reference *ref, const char *tag, char **reterr_why) {
        if (!tag_is_valid(tag))
                return refuse(reterr_why, "the tag is not made of 1 to 128 letters, digits, _ . - (the "
                                          "first no . or -)");

        return str_copy(tag, &ref->tag);
}

static bool looks_like_id(const char *name) {
        return strlen(name) == 64 && in_charset(name, DIGITS "abcdef");
}

static int parse_registry(Reference *ref, char *text, char **reterr_why) {
        int r;

        char *digest = strchr(text, '@');
        if (digest) {
                *digest++ = '\0';
                if (digest_parse(digest, &ref->digest) < 0)
                        return refuse(reterr_why, "what follows the @ is not a digest");
                ref->has_digest = true;
        }

        char *slash = strrchr(text, '/'), *tag = strchr(slash ? slash : text, ':');
        if (tag)
                *tag++ = '\0';
        if (tag || !digest) {
                r = set_tag(ref, tag ? tag : "latest", reterr_why);
                if (r < 0)
                        return r;
        }

        if (looks_like_id(text))
                return refuse(reterr_why, "64 hex digits are no name; an image ID begins with sha256:");

        char *name = strchr(text, '/');
        if (name)
                *name++ = '\0';
        if (name && names_registry(text))
                r = set_registry(ref, text, reterr_why);
        else {
                r = str_copy(DEFAULT_REGISTRY, &ref->registry);
                if (name)
                        name[-1] = '/';
                name = text;
        }

        return r < 0 ? r : set_repository(ref, name, reterr_why);
}

/* A colon in the last component of the path begins the tag. */
static int parse_layout(Reference *ref, char *text, char **reterr_why) {
        char *tag = strrchr(text, ':');

        if (tag && !strchr(tag, '/')) {
                *tag++ = '\0';
                int r = set_tag(ref, tag, reterr_why);
                if (r < 0)
                        return r;
        }
        if (text[0] == '\0')
                return refuse(reterr_why, "no path");

        return str_copy(text, &ref->path);
}

/* The first colon begins the name of one of the images in the archive. */
static int parse_archive(Reference *ref, char *text, char **reterr_why) {
        _cleanup_reference_ Reference *image = NULL;
        char *name = strchr(text, ':');

        if (name)
                *name++ = '\0';
        if (text[0] == '\0')
                return refuse(reterr_why, "no path");
        if (name && (reference_parse(name, &image, NULL) < 0 || image->kind != REFERENCE_REGISTRY))
                return refuse(reterr_why, "what follows the path is not the name of an image");

        int r = str_copy(name, &ref->tag);
        return r < 0 ? r : str_copy(text, &ref->path);
}

static int parse_aci_path(Reference *ref, char *text, char **reterr_why) {
        const char *base = strrchr(text, '/') + 1, *suffix = endswith(base, ".aci");

        if (!suffix || suffix == base)
                return refuse(reterr_why, "the file's name does not end in .aci (OCI images: oci:DIR, "
                                          "oci-archive:FILE)");

        return str_copy(text, &ref->path);
}

static int parse_aci_url(Reference *ref, char *text, char **reterr_why) {
        static const char allowed[] = LETTERS DIGITS "-._~:/?@!$&'()*+,;=%[]";
        const char *host = strstr(text, "://") + 3;
        size_t n = strcspn(host, "/");

        int r = parse_aci_path(ref, text, reterr_why);
        if (r < 0)
                return r;

        _cleanup_free_ char *registry = strndup(host, n);
        if (!registry)
                return -ENOMEM;
        if (host[n] == '\0' || !host_is_valid(registry) || !in_charset(text, allowed))
                return refuse(reterr_why, "not an address of the form https://HOST/PATH.aci");

        return 0;
}

static int add_label(Reference *ref, char *label, char **reterr_why) {
        char *value = strchr(label, '=');
        if (!value)
                return refuse(reterr_why, "a label is not of the form name=value");

        *value++ = '\0';
        if (!appc_identifier_is_valid(label) || streq(label, "name"))
                return refuse(reterr_why, "a label's name is not an AC Identifier, or is \"name\"");
        if (pairs_get(&ref->labels, label) || (streq(label, "version") && ref->version))
                return refuse(reterr_why, "a label comes twice");

        if (!streq(label, "version"))
                return pairs_add(&ref->labels, label, value);

        return value[0] == '\0' ? refuse(reterr_why, "the version is empty")
                                : str_copy(value, &ref->version);
}

static int compare_pairs(const void *a, const void *b) {
        return strcmp(((const Pair *) a)->name, ((const Pair *) b)->name);
}

/* NAME[:version][,label=value…]; there is one colon at most, and it comes before the labels. */
static int parse_aci(Reference *ref, char *text, char **reterr_why) {
        int r = 0;

        char *labels = strchr(text, ',');
        if (labels)
                *labels++ = '\0';

        char *version = strchr(text, ':');
        if (version)
                *version++ = '\0';
        if (version && (version[0] == '\0' || strchr(version, ':')))
                return refuse(reterr_why, "what follows the : is not a version");
        if (labels && strchr(labels, ':'))
                return refuse(reterr_why, "a : may come right behind the name only");
        if (!appc_identifier_is_valid(text))
                return refuse(reterr_why, "the name is not an AC Identifier");

        r = str_copy(text, &ref->name);
        if (r >= 0)
                r = str_copy(version, &ref->version);
        for (char *label = strsep(&labels, ","); r >= 0 && label; label = strsep(&labels, ","))
                r = add_label(ref, label, reterr_why);
        if (r < 0)
                return r;

        if (ref->labels.n > 1)
                qsort(ref->labels.items, ref->labels.n, sizeof(Pair), compare_pairs);
        return 0;
}

/* "sha256:" is no tag of docker.io/library/sha256, and "sha256-" begins no name there: an ID, or wrong. */
static int parse_id(Reference *ref, char *text, char **reterr_why) {
        if (!digest_prefix_is_valid(text))
                return refuse(reterr_why, "an image ID is sha256: and 8 to 64 hex digits (or sha384, "
                                          "sha512), lower case");

        text[strlen("sha256")] = '-';
        return str_copy(text, &ref->id);
}

static const struct Form {
        const char *prefix;
        ReferenceKind kind;
        bool keep_prefix;
        int (*parse)(Reference *ref, char *text, char **reterr_why);
} forms[] = {
        { "docker://", REFERENCE_REGISTRY, false, parse_registry },
        { "oci:", REFERENCE_OCI_DIR, false, parse_layout },
        { "oci-archive:", REFERENCE_OCI_ARCHIVE, false, parse_layout },
        { "docker-archive:", REFERENCE_DOCKER_ARCHIVE, false, parse_archive },
        { "aci:", REFERENCE_ACI, false, parse_aci },
        { "https://", REFERENCE_ACI_URL, true, parse_aci_url },
        { "http://", REFERENCE_ACI_URL, true, parse_aci_url },
        { "/", REFERENCE_ACI_FILE, true, parse_aci_path },
        { "./", REFERENCE_ACI_FILE, true, parse_aci_path },
        { "../", REFERENCE_ACI_FILE, true, parse_aci_path },
        { "sha256:", REFERENCE_ID, true, parse_id },
        { "sha256-", REFERENCE_ID, true, parse_id },
        { "sha384:", REFERENCE_ID, true, parse_id },
        { "sha384-", REFERENCE_ID, true, parse_id },
        { "sha512:", REFERENCE_ID, true, parse_id },
        { "sha512-", REFERENCE_ID, true, parse_id },
        { "", REFERENCE_REGISTRY, false, parse_registry },
};

static const struct Form *find_form(const char *text) {
        const struct Form *f = forms;

        while (!startswith(text, f->prefix) || (f->kind == REFERENCE_ID && strchr(text, '/')))
                f++;

        return f;
}

static bool has_control_character(const char *s) {
        for (; *s; s++)
                if ((unsigned char) *s < ' ' || *s == 0x7f)
                        return true;

        return false;
}

int reference_parse(const char *text, Reference **ret, char **reterr_why) {
        const struct Form *form = find_form(text);
        bool bare = form->prefix[0] == '\0';

        if (strlen(text) > TEXT_MAX)
                return refuse(reterr_why, "too long");
        if (has_control_character(text))
                return refuse(reterr_why, "a control character");
        if (bare && strstr(text, "://"))
                return refuse(reterr_why, "only docker://, https:// and http:// are known");
        if (bare && endswith(text, ".aci"))
                return refuse(reterr_why, "the path of an .aci file begins with / or ./");

        _cleanup_free_ char *rest = strdup(text + (form->keep_prefix ? 0 : strlen(form->prefix)));
        _cleanup_reference_ Reference *ref = calloc(1, sizeof(Reference));
        if (!rest || !ref)
                return -ENOMEM;

        ref->kind = form->kind;
        int r = form->parse(ref, rest, reterr_why);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(ref);
        return 0;
}

static const char *prefix_of(ReferenceKind kind) {
        for (size_t i = 0; i < ELEMENTSOF(forms); i++)
                if (forms[i].kind == kind)
                        return forms[i].prefix;

        return NULL;
}

int reference_name(const Reference *ref, char **ret) {
        switch (ref->kind) {
        case REFERENCE_REGISTRY: return str_printf(ret, "%s/%s", ref->registry, ref->repository);
        case REFERENCE_OCI_DIR:
        case REFERENCE_OCI_ARCHIVE:
        case REFERENCE_DOCKER_ARCHIVE: return str_printf(ret, "%s%s", prefix_of(ref->kind), ref->path);
        case REFERENCE_ACI: return str_printf(ret, "aci:%s", ref->name);
        default: return -ENODATA;
        }
}

static int format_registry(const Reference *ref, char **ret) {
        char digest[DIGEST_TEXT_MAX] = "";

        if (ref->has_digest)
                digest_format(&ref->digest, digest);

        return str_printf(ret, "%s/%s%s%s%s%s", ref->registry, ref->repository, ref->tag ? ":" : "",
                          ref->tag ? ref->tag : "", ref->has_digest ? "@" : "", digest);
}

/* A colon that would be read as the beginning of a tag: the first one in the path of a docker archive; of
 * others, one in the last component if no tag comes behind it. */
static bool path_can_be_spelt(const Reference *ref) {
        const char *slash = strrchr(ref->path, '/');

        if (ref->kind == REFERENCE_DOCKER_ARCHIVE)
                return !strchr(ref->path, ':');
        return ref->tag || !strchr(slash ? slash : ref->path, ':');
}

static int format_path(const Reference *ref, char **ret) {
        if (!path_can_be_spelt(ref))
                return -EINVAL;

        return str_printf(ret, "%s%s%s%s", prefix_of(ref->kind), ref->path, ref->tag ? ":" : "",
                          ref->tag ? ref->tag : "");
}

static bool label_can_be_spelt(const char *value) {
        return !strpbrk(value, ",:") && !has_control_character(value);
}

static int format_aci(const Reference *ref, char **ret) {
        _cleanup_free_ char *text = NULL;

        if (ref->version && (ref->version[0] == '\0' || !label_can_be_spelt(ref->version)))
                return -EINVAL;
        for (size_t i = 0; i < ref->labels.n; i++)
                if (!label_can_be_spelt(ref->labels.items[i].value))
                        return -EINVAL;

        int r = str_printf(&text, "aci:%s%s%s", ref->name, ref->version ? ":" : "",
                           ref->version ? ref->version : "");
        for (size_t i = 0; r >= 0 && i < ref->labels.n; i++) {
                _cleanup_free_ char *head = TAKE_PTR(text);
                r = str_printf(&text, "%s,%s=%s", head, ref->labels.items[i].name,
                               ref->labels.items[i].value);
        }
        if (r < 0)
                return r;

        *ret = TAKE_PTR(text);
        return 0;
}

int reference_format(const Reference *ref, char **ret) {
        switch (ref->kind) {
        case REFERENCE_REGISTRY: return format_registry(ref, ret);
        case REFERENCE_OCI_DIR:
        case REFERENCE_OCI_ARCHIVE:
        case REFERENCE_DOCKER_ARCHIVE: return format_path(ref, ret);
        case REFERENCE_ACI: return format_aci(ref, ret);
        case REFERENCE_ACI_FILE:
        case REFERENCE_ACI_URL: return str_copy(ref->path, ret);
        case REFERENCE_ID: return str_copy(ref->id, ret);
        }

        return -EINVAL;
}

bool reference_is_valid_machine_name(const char *name) {
        return strlen(name) <= MACHINE_NAME_MAX && hostname_is_valid(name);
}

int reference_default_pod_name(const char *name, const char *hex, char **ret) {
        char base[MACHINE_NAME_MAX - sizeof("-ffff") + 2];
        const char *slash = strrchr(name, '/');
        size_t n = 0;

        /* What a machine may not be called becomes a hyphen, several in a row one. */
        for (const char *p = slash ? slash + 1 : name; *p && n < sizeof(base) - 1; p++)
                if (strchr(LETTERS DIGITS, *p))
                        base[n++] = *p;
                else if (n > 0 && base[n - 1] != '-' && base[n - 1] != '.')
                        base[n++] = *p == '.' ? '.' : '-';
        while (n > 0 && (base[n - 1] == '-' || base[n - 1] == '.'))
                n--;
        base[n] = '\0';

        return str_printf(ret, "%s-%s", n > 0 ? base : "pod", hex);
}
