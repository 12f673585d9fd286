/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the limits of a fetch, and how far they can be moved.
 * Never: ignores a setting it does not understand; lets a limit be none.
 * Follows: gantry-fetch.conf(5). */

#include "basic/conf-read.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "image/oci.h"
#include "registry/limits.h"

#define KIB (1ULL << 10)
#define MIB (1ULL << 20)
#define GIB (1ULL << 30)
#define TIB (1ULL << 40)

typedef struct Unit {
        const char *suffix;
        uint64_t factor;
} Unit;

static const Unit sizes[] = { { "", 1 }, { "K", KIB }, { "M", MIB }, { "G", GIB }, { "T", TIB }, {} };
static const Unit spans[] = { { "", 1 }, { "s", 1 }, { "min", 60 }, {} };
static const Unit counts[] = { { "", 1 }, {} };

static const struct Setting {
        const char *key;
        size_t offset;
        const Unit *units;
        uint64_t preset, min, max;
} settings[] = {
        { "ManifestMax", offsetof(FetchLimits, manifest_max), sizes, 4 * MIB, 1, OCI_DOCUMENT_MAX },
        { "ConfigMax", offsetof(FetchLimits, config_max), sizes, 4 * MIB, 1, OCI_DOCUMENT_MAX },
        { "IndexEntriesMax", offsetof(FetchLimits, index_entries_max), counts, 1024, 1, OCI_INDEX_MAX },
        { "LayersMax", offsetof(FetchLimits, layers_max), counts, 512, 1, OCI_LAYERS_MAX },
        { "CompressedMax", offsetof(FetchLimits, compressed_max), sizes, 32 * GIB, 1, 16 * TIB },
        { "UnpackedMax", offsetof(FetchLimits, unpacked_max), sizes, 64 * GIB, 1, 16 * TIB },
        { "HeadersMax", offsetof(FetchLimits, headers_max), sizes, 64 * KIB, 1 * KIB, 1 * MIB },
        { "RedirectsMax", offsetof(FetchLimits, redirects_max), counts, 5, 0, 50 },
        { "ParallelLayers", offsetof(FetchLimits, parallel_layers), counts, 3, 1, FETCH_PARALLEL_MAX },
        { "Timeout", offsetof(FetchLimits, timeout), spans, 30, 1, 3599 },
        { "Retries", offsetof(FetchLimits, retries), counts, 4, 0, 20 },
};

static void set_value(FetchLimits *limits, const struct Setting *s, uint64_t value) {
        memcpy((char *) limits + s->offset, &value, sizeof(value));
}

FetchLimits fetch_limits_default(void) {
        FetchLimits limits;

        for (size_t i = 0; i < ELEMENTSOF(settings); i++)
                set_value(&limits, &settings[i], settings[i].preset);

        return limits;
}

/* Digits and one of the units. -EINVAL, or -ERANGE beyond 64 bits. */
static int parse_value(const char *text, const Unit *units, uint64_t *ret) {
        size_t n = strspn(text, DIGITS);
        _cleanup_free_ char *digits = strndup(text, n);
        uint64_t value;

        if (!digits)
                return -ENOMEM;
        int r = str_to_u64(digits, &value);
        if (r < 0)
                return r;

        for (const Unit *u = units; u->suffix; u++)
                if (streq(text + n, u->suffix))
                        return __builtin_mul_overflow(value, u->factor, ret) ? -ERANGE : 0;

        return -EINVAL;
}

/* An empty value goes back to what counts without any. */
static int apply(FetchLimits *limits, const struct Setting *s, const char *text, char **reterr_why) {
        uint64_t value = s->preset;

        int r = text[0] == '\0' ? 0 : parse_value(text, s->units, &value);
        if (r == -ENOMEM)
                return r;
        if (r == -EINVAL)
                return refuse_foreign(reterr_why,
                                      s->units == sizes   ? "not a number of bytes (K, M, G or T may follow)"
                                      : s->units == spans ? "not a number of seconds (s or min may follow)"
                                                          : "not a number",
                                      text);
        if (r < 0 || value < s->min || value > s->max)
                return refuse(reterr_why, -EINVAL, "%s= must be from %llu to %llu", s->key,
                              (unsigned long long) s->min, (unsigned long long) s->max);

        set_value(limits, s, value);
        return 0;
}

static int begin_section(const char *section, void *userdata, char **reterr_why) {
        return streq(section, "Fetch") ? 0 : refuse_foreign(reterr_why, "unknown section", section);
}

static int handle_line(const char *section, const char *key, const char *value, unsigned line,
                       void *userdata, char **reterr_why) {
        for (size_t i = 0; i < ELEMENTSOF(settings); i++)
                if (streq(key, settings[i].key))
                        return apply(userdata, &settings[i], value, reterr_why);

        return refuse_foreign(reterr_why, "unknown key", key);
}

int fetch_limits_parse(FetchLimits *limits, const char *file, const void *text, size_t size,
                       char **reterr_why) {
        FetchLimits changed = *limits;

        int r = conf_parse(file, text, size, begin_section, handle_line, &changed, reterr_why);
        if (r >= 0)
                *limits = changed;

        return r;
}

/* For tests, which do not want to wait. */
static void override_timeout(FetchLimits *limits) {
        const char *e = secure_getenv("GANTRY_FETCH_TIMEOUT");
        uint64_t seconds;

        if (e && str_to_u64(e, &seconds) >= 0 && seconds > 0 && seconds < 3600)
                limits->timeout = seconds;
}

int fetch_limits_load(FetchLimits *ret, char **reterr_why) {
        FetchLimits limits = fetch_limits_default();

        int r = conf_read("fetch.conf", begin_section, handle_line, &limits, reterr_why);
        if (r < 0)
                return r;

        override_timeout(&limits);
        *ret = limits;
        return 0;
}

ClientLimits fetch_limits_of_client(const FetchLimits *limits) {
        return (ClientLimits) {
                .document_max = limits->manifest_max,
                .index_entries_max = limits->index_entries_max,
                .headers_max = limits->headers_max,
                .redirects_max = limits->redirects_max,
                .timeout = limits->timeout,
                .retries = limits->retries,
        };
}
