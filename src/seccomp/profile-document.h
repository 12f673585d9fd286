/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/strv.h"
#include "seccomp/rules.h"

/* A profile as it is written, before anybody asks what of it concerns this machine. */

typedef struct ProfileNumber {
        bool is_set;
        uint32_t value;
} ProfileNumber;

/* What must be so, or must not. */
typedef struct ProfileFilter {
        char **architectures; /* "amd64" */
        char **capabilities;  /* "CAP_SYS_ADMIN" */
        char *kernel;         /* "4.8": this one or newer */
} ProfileFilter;

typedef struct ProfileCall {
        char **names;
        char *name; /* old profiles have one only */
        uint32_t action;
        ProfileNumber errno_number;
        char *errno_name;
        SeccompCondition *conditions;
        size_t n_conditions;
        ProfileFilter includes, excludes;
} ProfileCall;

typedef struct ProfileArchitecture {
        char *name;
        char **further;
} ProfileArchitecture;

typedef struct Profile {
        uint32_t fallback;
        ProfileNumber fallback_number;
        char *fallback_name;
        char **architectures; /* "SCMP_ARCH_X86" */
        ProfileArchitecture *map;
        size_t n_map;
        ProfileCall *calls;
        size_t n_calls;
        char **flags;
} Profile;

void profile_done(Profile *p);
#define _cleanup_profile_ _cleanup_(profile_done)

/* -EBADMSG and *reterr_why if it is not one. Members of Profile are then half filled. */
int profile_decode(const void *data, size_t size, Profile *p, char **reterr_why);
