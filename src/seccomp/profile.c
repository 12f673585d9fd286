/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what of a seccomp profile concerns this machine and an app with these capabilities.
 * Never: passes over a rule that would have forbidden something.
 * Follows: OCI runtime-spec, config-linux.md, "Seccomp"; moby profiles/seccomp; where they leave it open, runc. */

#include <stdio.h>
#include <sys/utsname.h>

#include "basic/refuse.h"
#include "basic/str.h"
#include "pod/capability-names.h"
#include "seccomp/error-name.h"
#include "seccomp/profile-document.h"
#include "seccomp/profile.h"

/* This machine and the app, as a profile's filters see them. */
typedef struct Circumstances {
        const char *go_architecture, *scmp_architecture; /* NULL: not one that profiles have a name for */
        unsigned kernel[2];
        uint64_t capabilities;
} Circumstances;

static void look_around(uint64_t capabilities, Circumstances *ret) {
        static const struct {
                const char *machine, *go, *scmp;
        } names[] = {
                { "x86_64", "amd64", "SCMP_ARCH_X86_64" },
                { "aarch64", "arm64", "SCMP_ARCH_AARCH64" },
                { "i686", "x86", "SCMP_ARCH_X86" },
                { "armv7l", "arm", "SCMP_ARCH_ARM" },
                { "ppc64le", "ppc64le", "SCMP_ARCH_PPC64LE" },
                { "riscv64", "riscv64", "SCMP_ARCH_RISCV64" },
                { "s390x", "s390x", "SCMP_ARCH_S390X" },
        };
        struct utsname uts;

        *ret = (Circumstances) { .capabilities = capabilities };
        if (uname(&uts) < 0)
                return;
        (void) sscanf(uts.release, "%u.%u", &ret->kernel[0], &ret->kernel[1]);
        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                if (streq(names[i].machine, uts.machine)) {
                        ret->go_architecture = names[i].go;
                        ret->scmp_architecture = names[i].scmp;
                }
}

static bool architecture_is_listed(const Circumstances *c, char *const *list) {
        return c->go_architecture && strv_contains(list, c->go_architecture);
}

static bool kernel_is_new_enough(const Circumstances *c, const char *minimum) {
        unsigned major = UINT32_MAX, minor = 0;

        (void) sscanf(minimum, "%u.%u", &major, &minor);
        return c->kernel[0] > major || (c->kernel[0] == major && c->kernel[1] >= minor);
}

/* A capability that nobody knows nobody has. */
static bool has_capability(const Circumstances *c, const char *name) {
        int capability = capability_from_name(name);
        return capability >= 0 && (c->capabilities & CAPABILITY_BIT(capability));
}

static bool is_included(const Circumstances *c, const ProfileFilter *f) {
        STRV_FOREACH(name, f->capabilities)
                if (!has_capability(c, *name))
                        return false;

        return (strv_length(f->architectures) == 0 || architecture_is_listed(c, f->architectures)) &&
               (!f->kernel || kernel_is_new_enough(c, f->kernel));
}

static bool is_excluded(const Circumstances *c, const ProfileFilter *f) {
        STRV_FOREACH(name, f->capabilities)
                if (has_capability(c, *name))
                        return true;

        return architecture_is_listed(c, f->architectures) ||
               (f->kernel && kernel_is_new_enough(c, f->kernel));
}

/* The number counts; podman writes the name beside it, for people. */
static int complete_action(uint32_t action, const ProfileNumber *number, const char *name, uint32_t *ret,
                           char **reterr_why) {
        int error = name ? errno_from_name(name) : EPERM;
        if (error < 0)
                return refuse_quoting(reterr_why, -EBADMSG, "no such error", name);
        if (name && number->is_set && number->value != (uint32_t) error)
                return refuse(reterr_why, -EBADMSG, "%s is not %u", name, number->value);

        switch (action) {
        case SECCOMP_RET_ERRNO: *ret = action | (number->is_set ? number->value : (uint32_t) error); break;
        case SECCOMP_RET_TRACE: *ret = action | number->value; break;
        default: *ret = action;
        }

        return 0;
}

/* Conditions on different arguments must all hold. Of several on one argument runc takes any, and so do the profiles
 * that have such. */
static bool conditions_exclude_each_other(const ProfileCall *call) {
        for (size_t i = 0; i < call->n_conditions; i++)
                for (size_t j = 0; j < i; j++)
                        if (call->conditions[i].argument == call->conditions[j].argument)
                                return true;

        return false;
}

static int add_name(SeccompRules *rules, const ProfileCall *call, uint32_t action, const char *name) {
        size_t step = conditions_exclude_each_other(call) ? 1 : call->n_conditions, i = 0;
        int r;

        do {
                r = seccomp_rules_add(rules,
                                      &(SeccompRule) {
                                                      .call = (char *) name,
                                                      .action = action,
                                                      .conditions = step > 0 ? call->conditions + i : NULL,
                                                      .n_conditions = step,
                                      });
                i += step;
        } while (r >= 0 && i < call->n_conditions);

        return r;
}

static int add_call(SeccompRules *rules, const Circumstances *c, const ProfileCall *call,
                    char **reterr_why) {
        uint32_t action;

        if (!is_included(c, &call->includes) || is_excluded(c, &call->excludes))
                return 0;

        int r = complete_action(call->action, &call->errno_number, call->errno_name, &action, reterr_why);
        if (r >= 0 && call->name)
                r = add_name(rules, call, action, call->name);
        STRV_FOREACH(name, call->names)
                if (r >= 0)
                        r = add_name(rules, call, action, *name);

        return r;
}

/* "SCMP_ARCH_X86" as libseccomp calls it: "x86". What it does not know is left out, and so forbidden. */
static int add_architectures(SeccompRules *rules, char *const *names, char **reterr_why) {
        int r = 0;

        STRV_FOREACH(name, names) {
                char lower[32];
                const char *rest = startswith(*name, "SCMP_ARCH_");

                if (!rest || strlen(rest) >= sizeof(lower))
                        return refuse_quoting(reterr_why, -EBADMSG, "no such architecture", *name);
                for (size_t i = 0; i <= strlen(rest); i++)
                        lower[i] = rest[i] >= 'A' && rest[i] <= 'Z' ? rest[i] - 'A' + 'a' : rest[i];
                r = strv_add(&rules->architectures, lower);
                if (r < 0)
                        return r;
        }

        return r;
}

static int find_architectures(SeccompRules *rules, const Circumstances *c, const Profile *p,
                              char **reterr_why) {
        int r = add_architectures(rules, p->architectures, reterr_why);

        for (size_t i = 0; i < p->n_map && r >= 0; i++)
                if (c->scmp_architecture && streq(p->map[i].name, c->scmp_architecture))
                        r = add_architectures(rules, p->map[i].further, reterr_why);

        return r;
}

/* A filter that lets everything through is none, and there is another way to say so. */
static bool forbids_something(const SeccompRules *rules) {
        bool forbids = !seccomp_lets_through(rules->fallback);

        for (size_t i = 0; i < rules->n; i++)
                forbids |= !seccomp_lets_through(rules->items[i].action);

        return forbids;
}

int seccomp_profile_parse(const void *data, size_t size, uint64_t capabilities, SeccompRules *rules,
                          char **reterr_why) {
        _cleanup_profile_ Profile p = {};
        Circumstances c;

        int r = profile_decode(data, size, &p, reterr_why);
        if (r < 0)
                return r;

        look_around(capabilities, &c);
        r = complete_action(p.fallback, &p.fallback_number, p.fallback_name, &rules->fallback, reterr_why);
        if (r >= 0)
                r = find_architectures(rules, &c, &p, reterr_why);
        for (size_t i = 0; i < p.n_calls && r >= 0; i++)
                r = add_call(rules, &c, &p.calls[i], reterr_why);
        if (r < 0)
                return r;

        return forbids_something(rules) ? 0 : refuse(reterr_why, -EBADMSG, "it forbids nothing");
}
