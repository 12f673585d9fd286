/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* The values of settings: each function takes one as it was written and gives it as it is kept (settings/settings.h). -EINVAL
 * and *reterr_why ("it must be …"), which never has the value in it. */
typedef int (*SettingValue)(const char *value, char **ret, char **reterr_why);

/* For the functions below: a copy of the value if it is `good`, else the refusal. */
int setting_accept(bool good, const char *value, const char *wanted, char **ret, char **reterr_why);

/* setting-values.c */
int setting_text(const char *value, char **ret, char **reterr_why);
int setting_switch(const char *value, char **ret, char **reterr_why); /* "yes" or "no" */
int setting_path(const char *value, char **ret, char **reterr_why);   /* absolute, tidied, without ".." */
int setting_assignment(const char *value, char **ret, char **reterr_why);
int setting_variable(const char *value, char **ret, char **reterr_why); /* "NAME=VALUE" */
int setting_variable_name(const char *value, char **ret, char **reterr_why);
int setting_pull(const char *value, char **ret, char **reterr_why);
int setting_user(const char *value, char **ret, char **reterr_why);
int setting_group(const char *value, char **ret, char **reterr_why);
int setting_signal(const char *value, char **ret, char **reterr_why);
int setting_size(const char *value, char **ret, char **reterr_why);
int setting_tasks(const char *value, char **ret, char **reterr_why);
int setting_restart(const char *value, char **ret, char **reterr_why);
int setting_grace(const char *value, char **ret, char **reterr_why);
int setting_app_name(const char *value, char **ret, char **reterr_why);
int setting_end(const char *value, char **ret, char **reterr_why);

/* setting-network.c */
int setting_host_name(const char *value, char **ret, char **reterr_why);
int setting_network(const char *value, char **ret, char **reterr_why);
int setting_port(const char *value, char **ret, char **reterr_why);
int setting_bandwidth(const char *value, char **ret, char **reterr_why);
int setting_host(const char *value, char **ret, char **reterr_why);
int setting_address(const char *value, char **ret, char **reterr_why);
int setting_domain(const char *value, char **ret, char **reterr_why);
int setting_stream(const char *value, char **ret, char **reterr_why);
int setting_datagram(const char *value, char **ret, char **reterr_why);
int setting_sysctl(const char *value, char **ret, char **reterr_why);

/* setting-isolation.c */
int setting_user_namespace(const char *value, char **ret, char **reterr_why);
int setting_stage1(const char *value, char **ret, char **reterr_why);
int setting_disk_size(const char *value, char **ret, char **reterr_why); /* in bytes */
int setting_capability(const char *value, char **ret, char **reterr_why);
int setting_profile(const char *value, char **ret, char **reterr_why);
int setting_label_type(const char *value, char **ret, char **reterr_why);
int setting_label_level(const char *value, char **ret, char **reterr_why);
int setting_system_call(const char *value, char **ret, char **reterr_why);
int setting_unmask(const char *value, char **ret, char **reterr_why);
int setting_oom_score(const char *value, char **ret, char **reterr_why);

/* volume-setting.c */
int setting_volume(const char *value, char **ret, char **reterr_why);
int setting_empty_volume(const char *value, char **ret, char **reterr_why);
int setting_tmpfs(const char *value, char **ret, char **reterr_why);
int setting_shm_size(const char *value, char **ret, char **reterr_why);
int setting_device(const char *value, char **ret, char **reterr_why);
