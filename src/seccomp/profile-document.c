/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the form of seccomp profiles.
 * Never: decides which of their rules count here.
 * Follows: OCI runtime-spec, config-linux.md, "Seccomp"; moby profiles/seccomp (archMap, includes, excludes). */

#include "basic/str.h"
#include "image/json-table.h"
#include "seccomp/profile-document.h"

#define CONDITIONS_MAX 64U

static void filter_done(ProfileFilter *f) {
        strv_free(f->architectures);
        strv_free(f->capabilities);
        free(f->kernel);
}

static void call_done(ProfileCall *c) {
        strv_free(c->names);
        free(c->name);
        free(c->errno_name);
        free(c->conditions);
        filter_done(&c->includes);
        filter_done(&c->excludes);
}

void profile_done(Profile *p) {
        for (size_t i = 0; i < p->n_calls; i++)
                call_done(&p->calls[i]);
        for (size_t i = 0; i < p->n_map; i++) {
                free(p->map[i].name);
                strv_free(p->map[i].further);
        }
        free(p->calls);
        free(p->map);
        free(p->fallback_name);
        strv_free(p->architectures);
        strv_free(p->flags);
}

typedef struct Word {
        const char *text;
        uint32_t number;
} Word;

static int decode_word(const Json *value, const Word *words, size_t n, const char *what, uint32_t *ret,
                       const JsonPath *at) {
        const char *text = json_text(value);

        for (size_t i = 0; text && i < n; i++)
                if (streq(words[i].text, text)) {
                        *ret = words[i].number;
                        return 0;
                }

        return json_refuse(at, text ? "unknown %s \"%s\"" : "not a string", what, text);
}

/* SCMP_ACT_NOTIFY wants somebody who answers, and is not among them. */
static int decode_action(const Json *value, void *member, const JsonPath *at) {
        static const Word words[] = {
                { "SCMP_ACT_ALLOW", SECCOMP_RET_ALLOW },
                { "SCMP_ACT_ERRNO", SECCOMP_RET_ERRNO },
                { "SCMP_ACT_KILL", SECCOMP_RET_KILL_THREAD },
                { "SCMP_ACT_KILL_THREAD", SECCOMP_RET_KILL_THREAD },
                { "SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS },
                { "SCMP_ACT_LOG", SECCOMP_RET_LOG },
                { "SCMP_ACT_TRACE", SECCOMP_RET_TRACE },
                { "SCMP_ACT_TRAP", SECCOMP_RET_TRAP },
        };
        return decode_word(value, words, ELEMENTSOF(words), "action", member, at);
}

static int decode_operator(const Json *value, void *member, const JsonPath *at) {
        static const Word words[] = {
                { "SCMP_CMP_NE", SECCOMP_NOT_EQUAL },           { "SCMP_CMP_LT", SECCOMP_LESS },
                { "SCMP_CMP_LE", SECCOMP_LESS_EQUAL },          { "SCMP_CMP_EQ", SECCOMP_EQUAL },
                { "SCMP_CMP_GE", SECCOMP_GREATER_EQUAL },       { "SCMP_CMP_GT", SECCOMP_GREATER },
                { "SCMP_CMP_MASKED_EQ", SECCOMP_MASKED_EQUAL },
        };
        SeccompOperator *operator= member;
        uint32_t number = 0;

        int r = decode_word(value, words, ELEMENTSOF(words), "operator", &number, at);
        *operator= number;
        return r;
}

static int decode_number(const Json *value, void *member, const JsonPath *at) {
        ProfileNumber *number = member;
        uint64_t u;

        if (json_uint(value, &u) < 0 || u > SECCOMP_RET_DATA)
                return json_refuse(at, "not a number from 0 to %u", SECCOMP_RET_DATA);

        *number = (ProfileNumber) { true, u };
        return 0;
}

/* "valueTwo" is what the other is a mask for, or nothing. */
static int decode_condition(const Json *value, void *member, const JsonPath *at) {
        static const JsonField fields[] = {
                { "index", json_decode_u32, offsetof(SeccompCondition, argument), JSON_MANDATORY },
                { "value", json_decode_u64, offsetof(SeccompCondition, value), JSON_MANDATORY },
                { "valueTwo", json_decode_u64, offsetof(SeccompCondition, mask) },
                { "op", decode_operator, offsetof(SeccompCondition, operator), JSON_MANDATORY },
                {},
        };
        SeccompCondition *c = member;

        int r = json_decode_object(value, fields, c, at);
        if (r < 0)
                return r;
        if (c->argument >= SECCOMP_ARGUMENTS)
                return json_refuse(at, "a system call has %u arguments", SECCOMP_ARGUMENTS);

        bool masked = c->operator== SECCOMP_MASKED_EQUAL;
        *c = (SeccompCondition) { c->argument, c->operator, masked ? c->mask : c->value,
                                  masked ? c->value : 0 };
        return 0;
}

static int decode_nothing(const Json *value, void *member, const JsonPath *at) {
        return 0;
}

static int decode_filter(const Json *value, void *member, const JsonPath *at) {
        static const JsonField fields[] = {
                { "arches", json_decode_strv, offsetof(ProfileFilter, architectures) },
                { "caps", json_decode_strv, offsetof(ProfileFilter, capabilities) },
                { "minKernel", json_decode_string, offsetof(ProfileFilter, kernel) },
                JSON_CLOSED,
        };
        return json_decode_object(value, fields, member, at);
}

static int decode_call(const Json *value, void *member, const JsonPath *at) {
        static const JsonField fields[] = {
                { "names", json_decode_strv, offsetof(ProfileCall, names) },
                { "name", json_decode_string, offsetof(ProfileCall, name) },
                { "action", decode_action, offsetof(ProfileCall, action), JSON_MANDATORY },
                { "errnoRet", decode_number, offsetof(ProfileCall, errno_number) },
                { "errno", json_decode_string, offsetof(ProfileCall, errno_name) },
                { "args", decode_condition, offsetof(ProfileCall, conditions),
                  JSON_ITEMS(ProfileCall, conditions), .max = CONDITIONS_MAX },
                { "includes", decode_filter, offsetof(ProfileCall, includes) },
                { "excludes", decode_filter, offsetof(ProfileCall, excludes) },
                { "comment", decode_nothing },
                JSON_CLOSED,
        };
        ProfileCall *c = member;

        int r = json_decode_object(value, fields, c, at);
        if (r < 0)
                return r;

        return !c->name && strv_length(c->names) == 0 ? json_refuse(at, "names no system call") : 0;
}

static int decode_architecture(const Json *value, void *member, const JsonPath *at) {
        static const JsonField fields[] = {
                { "architecture", json_decode_string, offsetof(ProfileArchitecture, name), JSON_MANDATORY },
                { "subArchitectures", json_decode_strv, offsetof(ProfileArchitecture, further) },
                {},
        };
        return json_decode_object(value, fields, member, at);
}

static int decode_profile(const Json *value, void *member, const JsonPath *at) {
        static const JsonField fields[] = {
                { "defaultAction", decode_action, offsetof(Profile, fallback), JSON_MANDATORY },
                { "defaultErrnoRet", decode_number, offsetof(Profile, fallback_number) },
                { "defaultErrno", json_decode_string, offsetof(Profile, fallback_name) },
                { "architectures", json_decode_strv, offsetof(Profile, architectures) },
                { "archMap", decode_architecture, offsetof(Profile, map), JSON_ITEMS(Profile, map) },
                { "flags", json_decode_strv, offsetof(Profile, flags) },
                { "syscalls", decode_call, offsetof(Profile, calls), JSON_ITEMS(Profile, calls) },
                {},
        };
        return json_decode_object(value, fields, member, at);
}

int profile_decode(const void *data, size_t size, Profile *p, char **reterr_why) {
        return json_parse_into(data, size, decode_profile, p, reterr_why);
}
