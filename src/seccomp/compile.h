/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/blob.h"
#include "seccomp/rules.h"

/* struct sock_filter[] for seccomp(2). -EINVAL and *reterr_why if the rules contradict each other, or if the absence of
 * a call that libseccomp does not know would let it through. It takes long (tens of milliseconds). */
int seccomp_compile(const SeccompRules *rules, Blob *ret, char **reterr_why);

bool seccomp_call_is_known(const char *call);

/* Does this machine have 32-bit programs as well? Adds their architecture to the rules. */
int seccomp_add_compatible(SeccompRules *rules);

/* What the same rules are compiled with: "libseccomp 2.5.4 x86_64". */
int seccomp_compiler(char **ret);
