/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: `gantry gc`: pods that have ended, what dead processes left, and what there is no room for.
 * Never: touches what somebody holds the lock of; keeps others waiting while it deletes.
 * Follows: gantry-gc(1), gantry.conf(5); docs/STORE.md, "Who may remove what". */

#include <string.h>

#include "basic/cli.h"
#include "basic/fd.h"
#include "basic/log.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "gc/explain.h"
#include "gc/sweep.h"
#include "store/lock.h"

static Settings settings;
static bool dry_run, explain_all;
static const char *max_use, *keep_free, *max_retention;

static int set_span(const char *value, void *target) {
        return span_parse(value, target);
}

static const CliOption options[] = {
        { 0, "max-use", "SIZE", "Let the store take no more than this", cli_set_string, &max_use },
        { 0, "keep-free", "SIZE", "Leave this much of the disk free (15%, 4G)", cli_set_string, &keep_free },
        { 0, "max-retention", "TIME", "Keep unused images no longer than this", cli_set_string,
          &max_retention },
        { 0, "grace", "TIME", "Keep pods this long after their end (30min)", set_span, &settings.grace },
        { 0, "prepared-grace", "TIME", "Keep pods never started this long (24h)", set_span,
          &settings.prepared_grace },
        { 0, "part-grace", "TIME", "Keep partial downloads this long (7d)", set_span, &settings.part_grace },
        { 'n', "dry-run", NULL, "Only say what would be removed", cli_set_true, &dry_run },
        { 0, "explain", NULL, "Only show why each thing goes or stays", cli_set_true, &explain_all },
        {},
};

static const CliProgram program = {
        .name = "gantry-gc",
        .arguments = "[OPTION…]",
        .summary = "Remove pods that have ended, rubbish, and images there is no room for.",
        .options = options,
        .common = CLI_ROOT | CLI_TABLE,
};

/* The files, then what the command line says. */
static int load_settings(void) {
        const struct {
                const char *key, *option, *value;
        } given[] = {
                { "MaxUse", "max-use", max_use },
                { "KeepFree", "keep-free", keep_free },
                { "MaxRetention", "max-retention", max_retention },
        };
        _cleanup_free_ char *why = NULL;

        int r = settings_load(&settings, &why);
        if (r < 0)
                return log_error_errno(r, "Cannot tell what to remove: %s", why ? why : strerror(-r));

        for (size_t i = 0; i < ELEMENTSOF(given); i++) {
                if (!given[i].value)
                        continue;
                r = settings_set(&settings, given[i].key, given[i].value, &why);
                if (r < 0)
                        return log_error_errno(r, "Cannot use --%s=: %s", given[i].option,
                                               why ? why : strerror(-r));
        }

        return 0;
}

static void warn_of_doubt(const Plan *p) {
        if (p->doubt)
                log_warning("Cannot tell what '%s' needs, so no image or layer is removed; see 'gantry image fsck'",
                            p->doubt);
}

/* In numbers as they are when all that goes has gone. */
static void warn_of_shortage(const Plan *p) {
        uint64_t shortage = plan_shortage(p), limit = p->pressure.limit;
        bool use = p->pressure.of_use;
        char is[16], wanted[16];

        if (shortage == 0)
                return;

        amount_format(use ? limit + shortage : limit - shortage, is);
        amount_format(limit, wanted);
        log_warning("Cannot satisfy %s=%s: %s %s, and all that is left is in use", p->pressure.setting,
                    wanted, is, use ? "is taken" : "is free");
}

static int load(Store *s, InventoryFlags flags, Inventory **ret) {
        int r = inventory_load(s, flags, ret);
        if (r >= 0 && (*ret)->partial)
                r = -EACCES;
        if (r < 0)
                return log_error_errno(r, "Cannot look through the store '%s': %m%s", store_path(s),
                                       r == -EACCES ? "; run as root" : "");

        return 0;
}

/* Under the lock: decides, and makes invisible what goes. Pods first, since what they need depends on which of
 * them can be removed. */
static int plan_and_sweep(Store *s, const Pressure *pressure, Inventory *i, Victims *v, Plan **ret) {
        _cleanup_(plan_freep) Plan *p = NULL;

        int r = plan_new(i, &settings, pressure, &p);
        if (r < 0)
                return log_error_errno(r, "Cannot decide what goes: %m");

        int pods = sweep_pods(s, i, p, dry_run);
        r = plan_images(p);
        if (r < 0)
                return log_error_errno(r, "Cannot decide what goes: %m");

        int images = sweep_images(s, p, v, dry_run), leftovers = sweep_leftovers(p, v, dry_run);
        warn_of_doubt(p);
        warn_of_shortage(p);

        *ret = TAKE_PTR(p);
        return pods < 0 ? pods : images < 0 ? images : leftovers;
}

static int collect(Store *s, const Pressure *pressure) {
        _cleanup_victims_ Victims v = { .root_fd = store_root_fd(s) };
        _cleanup_(inventory_freep) Inventory *i = NULL;
        _cleanup_(plan_freep) Plan *p = NULL;

        _cleanup_close_ int lock = store_lock(s, STORE_EXCLUSIVE);
        if (lock < 0)
                return log_error_errno(lock, "Cannot lock the store '%s': %m", store_path(s));

        int r = load(s, 0, &i);
        if (r >= 0)
                r = plan_and_sweep(s, pressure, i, &v, &p);
        lock = fd_close(lock);

        int garbage = p ? sweep_garbage(s, i, p) : 0, deleted = victims_delete(&v);
        return r < 0 ? r : garbage < 0 ? garbage : deleted;
}

/* What goes in any case makes room as well, so that is removed before anything is measured. */
static int collect_and_relieve(Store *s) {
        Pressure pressure;

        int result = collect(s, &(Pressure) {});
        int r = pressure_measure(s, &settings, /* use= */ NULL, &pressure);
        if (r < 0)
                return log_error_errno(r, "Cannot measure how much room the store '%s' takes: %m",
                                       store_path(s));
        if (pressure.excess == 0)
                return result;

        r = collect(s, &pressure);
        return r < 0 ? r : result;
}

static uint64_t total_bytes(const Inventory *i) {
        uint64_t sum = 0;

        for (size_t k = 0; k < i->n_pods; k++)
                sum += i->pods[k].bytes;
        for (size_t k = 0; k < i->n_images; k++)
                sum += i->images[k].bytes;
        for (size_t k = 0; k < i->n_layers; k++)
                sum += i->layers[k].bytes;
        for (size_t k = 0; k < i->n_leftovers; k++)
                sum += i->leftovers[k].bytes;

        return sum;
}

/* Without a lock: nobody has to wait because somebody is looking. */
static int preview(Store *s) {
        _cleanup_victims_ Victims v = { .root_fd = store_root_fd(s) };
        _cleanup_(inventory_freep) Inventory *i = NULL;
        _cleanup_(plan_freep) Plan *p = NULL;
        Pressure pressure;

        int r = load(s, INVENTORY_BYTES, &i);
        if (r < 0)
                return r;

        uint64_t use = total_bytes(i);
        r = pressure_measure(s, &settings, &use, &pressure);
        if (r < 0)
                return log_error_errno(r, "Cannot measure the room of the store '%s': %m", store_path(s));
        if (!explain_all)
                return plan_and_sweep(s, &pressure, i, &v, &p);

        r = plan_new(i, &settings, &pressure, &p);
        if (r >= 0)
                r = plan_images(p);
        if (r >= 0)
                r = explain(p);
        if (r >= 0)
                warn_of_shortage(p);
        return r < 0 ? log_error_errno(r, "Cannot explain what goes: %m") : 0;
}

static int run(int argc, char **argv) {
        _cleanup_(store_closep) Store *s = NULL;
        char **args;

        settings = settings_default();
        int r = cli_parse(&program, argc, argv, &args);
        if (r <= 0)
                return r;
        if (strv_length(args) > 0) {
                log_error("No argument is wanted; see 'gantry gc --help'");
                return -EINVAL;
        }

        r = load_settings();
        if (r < 0)
                return r;
        r = store_open(cli_root, 0, &s);
        if (r == -ENOENT)
                return 0; /* nothing was ever stored */
        if (r < 0)
                return log_error_errno(r, "Cannot open the store '%s': %s", cli_root,
                                       store_strerror(cli_root, r).text);
        r = cli_confine(CONFINE_GC, store_root_fd(s));
        if (r < 0)
                return r;

        return dry_run || explain_all ? preview(s) : collect_and_relieve(s);
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), EXIT_FAILURE);
}
