/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: from rules to a program for the kernel.
 * Never: lets through what it could not make a rule of.
 * Follows: seccomp(2), seccomp_rule_add(3), Documentation/userspace-api/seccomp_filter.rst. */

#include <linux/audit.h>
#include <linux/filter.h>
#include <seccomp.h>
#include <sys/mman.h>

#include "basic/fd.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "seccomp/compile.h"

static void releasep(scmp_filter_ctx *filter) {
        if (*filter)
                seccomp_release(*filter);
}
#define _cleanup_filter_ _cleanup_(releasep)

bool seccomp_call_is_known(const char *call) {
        return seccomp_syscall_resolve_name(call) != __NR_SCMP_ERROR;
}

int seccomp_add_compatible(SeccompRules *rules) {
        switch (seccomp_arch_native()) {
        case SCMP_ARCH_X86_64: return strv_add(&rules->architectures, "x86");
        case SCMP_ARCH_AARCH64: return strv_add(&rules->architectures, "arm");
        default: return 0;
        }
}

int seccomp_compiler(char **ret) {
        const struct scmp_version *v = seccomp_version();

        return str_printf(ret, "libseccomp %u.%u.%u on %x", v->major, v->minor, v->micro,
                          seccomp_arch_native());
}

static struct scmp_arg_cmp translate_condition(const SeccompCondition *c) {
        static const enum scmp_compare operators[] = {
                [SECCOMP_NOT_EQUAL] = SCMP_CMP_NE,           [SECCOMP_LESS] = SCMP_CMP_LT,
                [SECCOMP_LESS_EQUAL] = SCMP_CMP_LE,          [SECCOMP_EQUAL] = SCMP_CMP_EQ,
                [SECCOMP_GREATER_EQUAL] = SCMP_CMP_GE,       [SECCOMP_GREATER] = SCMP_CMP_GT,
                [SECCOMP_MASKED_EQUAL] = SCMP_CMP_MASKED_EQ,
        };
        bool masked = c->operator== SECCOMP_MASKED_EQUAL;

        return (struct scmp_arg_cmp) {
                .arg = c->argument,
                .op = operators[c->operator],
                .datum_a = masked ? c->mask : c->value,
                .datum_b = masked ? c->value : 0,
        };
}

static int refuse_contradiction(const char *call, char **reterr_why) {
        return refuse(reterr_why, -EINVAL, "the rules about '%s' contradict each other", call);
}

/* Of a rule with conditions and one without libseccomp forgets the former. Of two without conditions the first counts,
 * here as in other runtimes: the profile that comes with podman has such. */
static int check(const SeccompRules *rules, char **reterr_why) {
        for (size_t i = 0; i < rules->n; i++) {
                const SeccompRule *a = &rules->items[i];

                if (a->n_conditions > 0 || a->action == rules->fallback)
                        continue;
                for (size_t j = 0; j < rules->n; j++) {
                        const SeccompRule *b = &rules->items[j];

                        if (b->n_conditions > 0 && b->action != a->action && b->action != rules->fallback &&
                            streq(a->call, b->call))
                                return refuse_contradiction(a->call, reterr_why);
                }
        }

        return 0;
}

/* A call without a number is answered as all that is not mentioned. That must not be more than was meant. */
static int add_rule(scmp_filter_ctx filter, uint32_t fallback, const SeccompRule *rule, char **reterr_why) {
        struct scmp_arg_cmp conditions[SECCOMP_ARGUMENTS];

        if (rule->action == fallback) /* libseccomp wants to hear of exceptions only */
                return 0;

        int number = seccomp_syscall_resolve_name(rule->call);
        if (number == __NR_SCMP_ERROR) {
                if (seccomp_lets_through(fallback) && !seccomp_lets_through(rule->action))
                        return refuse_foreign(reterr_why, "no such system call, so it cannot be forbidden",
                                              rule->call);
                return 0;
        }

        for (size_t i = 0; i < rule->n_conditions; i++)
                conditions[i] = translate_condition(&rule->conditions[i]);
        int r = seccomp_rule_add_array(filter, rule->action, number, rule->n_conditions, conditions);
        if (r < 0 && r != -ENOMEM)
                return refuse_contradiction(rule->call, reterr_why);

        return r;
}

/* For one architecture. Each has a filter of its own until they are merged: rules may differ, and libseccomp is many
 * times as fast. */
static int make_filter(const SeccompRules *rules, uint32_t architecture, scmp_filter_ctx *ret,
                       char **reterr_why) {
        bool native = architecture == seccomp_arch_native();
        _cleanup_filter_ scmp_filter_ctx filter = seccomp_init(rules->fallback);
        if (!filter)
                return -ENOMEM;

        int r = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS));
        if (r >= 0)
                r = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2); /* a tree, not a list */
        if (r >= 0 && !native)
                r = seccomp_arch_add(filter, architecture);
        if (r >= 0 && !native)
                r = seccomp_arch_remove(filter, SCMP_ARCH_NATIVE);
        for (size_t i = 0; i < rules->n && r >= 0; i++)
                if (native || !rules->items[i].native)
                        r = add_rule(filter, rules->fallback, &rules->items[i], reterr_why);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(filter);
        return 0;
}

/* All architectures in one. */
static int make_filters(const SeccompRules *rules, scmp_filter_ctx *ret, char **reterr_why) {
        _cleanup_filter_ scmp_filter_ctx all = NULL;

        int r = make_filter(rules, seccomp_arch_native(), &all, reterr_why);
        STRV_FOREACH(name, rules->architectures) {
                _cleanup_filter_ scmp_filter_ctx one = NULL;
                uint32_t architecture = seccomp_arch_resolve_name(*name);

                if (r < 0)
                        return r;
                if (architecture == 0 || seccomp_arch_exist(all, architecture) == 0)
                        continue; /* none of whose programs could run here, or said already */
                r = make_filter(rules, architecture, &one, reterr_why);
                if (r >= 0)
                        r = seccomp_merge(all, one);
                if (r >= 0)
                        one = NULL; /* released by the merge */
        }
        if (r < 0)
                return r;

        *ret = TAKE_PTR(all);
        return 0;
}

static uint32_t last_number(uint32_t architecture) {
        for (int n = 1023; n > 0; n--) {
                _cleanup_free_ char *name = seccomp_syscall_resolve_num_arch(architecture, n);
                if (name)
                        return n;
        }

        return UINT32_MAX;
}

/* A call that is newer than libseccomp was not forbidden by anybody. Programs that try it expect to hear that the kernel
 * does not have it, and then do without. The same ends x32, whose numbers are large ones of x86-64. */
static int write_guard(int fd, uint32_t architecture) {
        const struct sock_filter guard[] = {
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, architecture, 0, 3),
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
                BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, last_number(architecture), 0, 1),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        };

        return fd_write_full(fd, guard, sizeof(guard));
}

/* They come before libseccomp's program. Only if it answers with an error anyway, and not to those who want x32. */
static int write_guards(int fd, const SeccompRules *rules) {
        if ((rules->fallback & SECCOMP_RET_ACTION_FULL) != SECCOMP_RET_ERRNO ||
            strv_contains(rules->architectures, "x32"))
                return 0;

        int r = write_guard(fd, seccomp_arch_native());
        STRV_FOREACH(name, rules->architectures) {
                uint32_t architecture = seccomp_arch_resolve_name(*name);
                if (r >= 0 && architecture != 0 && architecture != seccomp_arch_native())
                        r = write_guard(fd, architecture);
        }

        return r;
}

static int export(const SeccompRules *rules, scmp_filter_ctx filter, Blob *ret) {
        size_t limit = BPF_MAXINSNS * sizeof(struct sock_filter);

        _cleanup_close_ int fd = memfd_create("gantry-filter", MFD_CLOEXEC);
        if (fd < 0)
                return -errno;

        int r = write_guards(fd, rules);
        if (r >= 0)
                r = seccomp_export_bpf(filter, fd);
        if (r < 0)
                return r;

        return fd_reread_blob(fd, limit, ret);
}

int seccomp_compile(const SeccompRules *rules, Blob *ret, char **reterr_why) {
        _cleanup_filter_ scmp_filter_ctx filter = NULL;

        int r = check(rules, reterr_why);
        if (r >= 0)
                r = make_filters(rules, &filter, reterr_why);
        if (r >= 0)
                r = export(rules, filter, ret);
        if (r == -EFBIG)
                return refuse(reterr_why, -EINVAL, "it has more rules than the kernel takes");

        return r;
}
