/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: system calls as the manifests of appc list them.
 * Never: passes over a name that it does not know; makes "everything" of a list.
 * Follows: App Container spec 0.8.11, ace.md, "os/linux/seccomp-retain-set", "os/linux/seccomp-remove-set". */

#include "basic/refuse.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "image/json-table.h"
#include "seccomp/compile.h"
#include "seccomp/default.h"
#include "seccomp/error-name.h"
#include "seccomp/groups.h"
#include "seccomp/set.h"

/* What gantry-init does behind the filter, and the kernel on behalf of any process. */
#define LIFE_CYCLE "execve exit exit_group restart_syscall rt_sigreturn sigreturn write"

typedef struct Set {
        char **names;
        char *error;
} Set;

static void set_done(Set *set) {
        strv_free(set->names);
        free(set->error);
}

static int decode_set(const Json *value, void *set, const JsonPath *at) {
        static const JsonField fields[] = {
                { "set", json_decode_strv, offsetof(Set, names), JSON_MANDATORY },
                { "errno", json_decode_string, offsetof(Set, error) },
                {},
        };
        return json_decode_object(value, fields, set, at);
}

/* What happens to a call that is not allowed. */
static int find_denial(const Set *set, uint32_t *ret, char **reterr_why) {
        if (!set->error || set->error[0] == '\0') {
                *ret = SECCOMP_RET_KILL_PROCESS;
                return 0;
        }

        int error = errno_from_name(set->error);
        if (error < 0)
                return refuse_quoting(reterr_why, -EBADMSG, "errno: no such error", set->error);

        *ret = SECCOMP_RET_ERRNO | error;
        return 0;
}

static int load(const Json *value, Set *set, uint32_t *ret_denial, char **reterr_why) {
        int r = json_decode(value, decode_set, set, reterr_why);
        if (r < 0)
                return r;
        if (strv_length(set->names) == 0)
                return refuse(reterr_why, -EBADMSG, "set: it is empty");

        return find_denial(set, ret_denial, reterr_why);
}

typedef struct Visitor {
        SeccompRules *rules;
        uint32_t denial;
} Visitor;

static int allow(const char *call, void *userdata) {
        const Visitor *v = userdata;

        seccomp_rules_forget(v->rules, call); /* the default's conditions */
        return seccomp_rules_add_call(v->rules, SECCOMP_RET_ALLOW, call);
}

static int deny(const char *call, void *userdata) {
        const Visitor *v = userdata;

        seccomp_rules_forget(v->rules, call);
        return seccomp_rules_add_call(v->rules, v->denial, call);
}

/* A call, or one of systemd's groups. */
static int visit_name(const char *name, SeccompVisit visit, Visitor *v, char **reterr_why) {
        _cleanup_free_ char *group = NULL;
        const char *of_systemd = startswith(name, "@systemd/");

        if (name[0] != '@')
                return seccomp_call_is_known(name) ? visit(name, v)
                                                   : refuse_quoting(reterr_why, -EBADMSG,
                                                                    "set: no such system call", name);

        int r = str_printf(&group, "@%s", of_systemd ? of_systemd : name + 1);
        if (r >= 0)
                r = strchr(group, ' ') ? -ENOENT : seccomp_calls_visit(group, visit, v);
        if (r == -ENOENT)
                return refuse_quoting(reterr_why, -EBADMSG, "set: no such group of system calls", name);

        return r;
}

static bool is_either(const char *name, const char *one, const char *other) {
        return streq(name, one) || streq(name, other);
}

int seccomp_retain(const Json *value, uint64_t capabilities, SeccompRules *rules, char **reterr_why) {
        _cleanup_(set_done) Set set = {};
        Visitor v = { rules };

        int r = load(value, &set, &v.denial, reterr_why);
        if (r >= 0 && (strv_contains(set.names, "@docker/default-whitelist") ||
                       strv_contains(set.names, "@rkt/default-whitelist")))
                r = seccomp_default(capabilities, rules);
        STRV_FOREACH(name, set.names) {
                if (r < 0)
                        return r;
                if (is_either(*name, "@appc.io/all", "@appc.io/empty"))
                        r = refuse_quoting(reterr_why, -EBADMSG, "set: it is no filter", *name);
                else if (!is_either(*name, "@docker/default-whitelist", "@rkt/default-whitelist"))
                        r = visit_name(*name, allow, &v, reterr_why);
        }
        if (r >= 0)
                r = seccomp_calls_visit(LIFE_CYCLE, allow, &v);

        rules->fallback = v.denial;
        return r;
}

int seccomp_remove(const Json *value, uint64_t capabilities, SeccompRules *rules, char **reterr_why) {
        _cleanup_(set_done) Set set = {};
        Visitor v = { rules };

        int r = load(value, &set, &v.denial, reterr_why);
        if (r >= 0)
                r = seccomp_default(capabilities, rules);
        STRV_FOREACH(name, set.names) {
                if (r < 0)
                        return r;
                if (is_either(*name, "@appc.io/all", "@appc.io/empty"))
                        r = refuse_quoting(reterr_why, -EBADMSG, "set: it is no filter", *name);
                else if (!is_either(*name, "@docker/default-blacklist", "@rkt/default-blacklist"))
                        r = visit_name(*name, deny, &v, reterr_why);
        }

        return r;
}
