/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: gantry.conf.
 * Never: ignores a setting it does not understand: what would be removed is gone.
 * Follows: gantry.conf(5). */

#include "basic/conf-read.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "gc/settings.h"

Settings settings_default(void) {
        return (Settings) {
                .max_use = { .bytes = AMOUNT_INFINITY },
                .keep_free = { .bytes = 4ULL << 30, .percent = 15 },
                .max_retention = AMOUNT_INFINITY,
                .grace = 30 * 60,
                .prepared_grace = 24 * 60 * 60,
                .part_grace = 7 * 24 * 60 * 60,
        };
}

static int set_amount(Amount *target, const char *value, bool may_be_infinite, char **reterr_why) {
        Amount a;

        int r = amount_parse(value, &a);
        if (r >= 0 && !may_be_infinite && a.percent == 0 && a.bytes == AMOUNT_INFINITY)
                r = -EINVAL;
        if (r == -ENOMEM)
                return r;
        if (r < 0)
                return refuse_foreign(
                                reterr_why,
                                may_be_infinite ? "neither a number of bytes (K, M, G or T may follow) nor a percentage (1% to 100%) nor 'infinity'"
                                                : "neither a number of bytes (K, M, G or T may follow) nor a percentage (1% to 100%)",
                                value);

        *target = a;
        return 0;
}

/* No time at all would be no budget, but an order to forget everything; it switches it off instead. */
static int set_retention(uint64_t *target, const char *value, char **reterr_why) {
        uint64_t span;

        int r = span_parse(value, &span);
        if (r == -ENOMEM)
                return r;
        if (r < 0)
                return refuse_foreign(reterr_why, "not a time span, as '30d' or '2weeks' are", value);

        *target = span > 0 ? span : AMOUNT_INFINITY;
        return 0;
}

int settings_set(Settings *s, const char *key, const char *value, char **reterr_why) {
        Settings preset = settings_default();
        bool empty = value[0] == '\0';

        if (streq(key, "MaxUse")) {
                if (!empty)
                        return set_amount(&s->max_use, value, /* may_be_infinite= */ true, reterr_why);
                s->max_use = preset.max_use;
        } else if (streq(key, "KeepFree")) {
                if (!empty)
                        return set_amount(&s->keep_free, value, /* may_be_infinite= */ false, reterr_why);
                s->keep_free = preset.keep_free;
        } else if (streq(key, "MaxRetention")) {
                if (!empty)
                        return set_retention(&s->max_retention, value, reterr_why);
                s->max_retention = preset.max_retention;
        } else
                return refuse_foreign(reterr_why, "unknown key", key);

        return 0;
}

/* Whoever starts a virtual machine reads the second. */
static int begin_section(const char *section, void *userdata, char **reterr_why) {
        return streq(section, "Store") || streq(section, "KVM")
                               ? 0
                               : refuse_foreign(reterr_why, "unknown section", section);
}

static int handle_line(const char *section, const char *key, const char *value, unsigned line,
                       void *userdata, char **reterr_why) {
        return streq(section, "Store") ? settings_set(userdata, key, value, reterr_why) : 0;
}

int settings_parse(Settings *s, const char *file, const void *text, size_t size, char **reterr_why) {
        Settings changed = *s;

        int r = conf_parse(file, text, size, begin_section, handle_line, &changed, reterr_why);
        if (r >= 0)
                *s = changed;

        return r;
}

int settings_load(Settings *s, char **reterr_why) {
        Settings changed = *s;

        int r = conf_read("gantry.conf", begin_section, handle_line, &changed, reterr_why);
        if (r >= 0)
                *s = changed;

        return r;
}
