/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: values of settings that say what an app may do.
 * Never: decides what it may do if nothing is said.
 * Follows: gantry.pod(5); capabilities(7); getrlimit(2). */

#include <inttypes.h>
#include <stdio.h>

#include "basic/amount.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "pod/capability-names.h"
#include "pod/pod-level.h"
#include "settings/setting-values.h"

#define DISK_MIN (UINT64_C(16) << 20) /* what ext4 needs to have room for anything */
#define DISK_MAX (UINT64_C(16) << 40)

int setting_user_namespace(const char *value, char **ret, char **reterr_why) {
        return setting_accept(streq(value, "auto") || streq(value, "host"), value, "auto or host", ret,
                              reterr_why);
}

int setting_stage1(const char *value, char **ret, char **reterr_why) {
        return setting_accept(streq(value, "nspawn") || streq(value, "kvm") || streq(value, "fly"), value,
                              "nspawn, kvm or fly", ret, reterr_why);
}

int setting_disk_size(const char *value, char **ret, char **reterr_why) {
        Amount size;

        int r = amount_parse(value, &size);
        if (r < 0 || size.percent > 0 || size.bytes < DISK_MIN || size.bytes > DISK_MAX)
                return refuse(reterr_why, r == -ENOMEM ? r : -EINVAL,
                              "it must be a number of bytes from 16M to 16T; K, M, G or T may follow");

        return str_printf(ret, "%" PRIu64, size.bytes);
}

int setting_capability(const char *value, char **ret, char **reterr_why) {
        _cleanup_free_ char *name = NULL;

        int r = str_upper(value, &name);
        if (r < 0)
                return r;
        if (streq(name, "ALL"))
                return str_copy("all", ret);

        int capability = capability_from_name(name);
        if (capability < 0)
                return refuse(reterr_why, -EINVAL, "it must be a capability, such as CAP_NET_ADMIN, or all");
        return str_copy(capability_name(capability), ret);
}

int setting_profile(const char *value, char **ret, char **reterr_why) {
        if (streq(value, "unconfined"))
                return str_copy(value, ret);
        if (value[0] != '/')
                return setting_accept(false, value, "unconfined, or the absolute path of a profile", ret,
                                      reterr_why);

        return setting_path(value, ret, reterr_why);
}

/* Which ones there are is known to the policy of where the pod is started. */
int setting_label_type(const char *value, char **ret, char **reterr_why) {
        return setting_accept(in_charset(value, LOWERCASE UPPERCASE DIGITS "_-."), value,
                              "a type of the SELinux policy, such as container_t", ret, reterr_why);
}

int setting_label_level(const char *value, char **ret, char **reterr_why) {
        char level[POD_LEVEL_MAX];

        if (pod_level_parse(value, level) < 0)
                return refuse(reterr_why, -EINVAL,
                              "it must be s0 and two categories below c512, such as s0:c17,c42: others are given to pods by themselves");

        return str_copy(level, ret);
}

/* Which ones there are is known to who compiles the filter. */
int setting_system_call(const char *value, char **ret, char **reterr_why) {
        const char *name = value[0] == '~' ? value + 1 : value;

        name += name[0] == '@';
        return setting_accept(in_charset(name, LOWERCASE UPPERCASE DIGITS "_-./"), value,
                              "the name of a system call, or @ and that of a group", ret, reterr_why);
}

int setting_unmask(const char *value, char **ret, char **reterr_why) {
        if (streq(value, "all") || streq(value, "ALL"))
                return str_copy("all", ret);

        return setting_path(value, ret, reterr_why);
}

int setting_oom_score(const char *value, char **ret, char **reterr_why) {
        uint64_t score;
        bool good = str_to_u64(value + (value[0] == '-'), &score) >= 0 && score <= 1000;

        return setting_accept(good, value, "a number from -1000 to 1000", ret, reterr_why);
}
