/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* What somebody asks of a pod, on a command line or in a .pod file, before it meets what the images say of themselves. A
 * member that is NULL was not asked for; what is there has been checked and is spelt in one way, which is said here where it
 * is not the one of gantry.pod(5). */

typedef struct AppSettings {
        bool has_service; /* one of several: what is said of a unit is said of a service of its own */
        bool has_own_app; /* what its isolators want is asked for, not only wished for by its image */
        char *name;       /* NULL: after its image */
        char **after, **requires; /* names of other apps */
        char *image;
        char *pull; /* "missing", "always" or "never" */
        char **exec;
        char **entrypoint;  /* [""]: not even the image's */
        char **environment; /* "NAME=VALUE" */
        char **pass_environment;
        char **environment_files;
        char *user; /* "USER" or "USER:GROUP" */
        char *group;
        char *working_directory;
        char **volumes;                               /* for volume_setting_parse() */
        char **tmpfs;                                 /* "PATH" or "PATH:OPTIONS" */
        char *shm;                                    /* the same, of /dev/shm */
        char **devices;                               /* "HOST:POD:rwm"; "-HOST:…" may be missing */
        char **add_capabilities, **drop_capabilities; /* "CAP_CHOWN" or "all" */
        char *no_new_privileges;                      /* "yes" or "no", as the next ones */
        char *read_only, *read_only_tmpfs;
        char *notify, *interactive, *terminal;
        char *seccomp_profile;                      /* "unconfined" or a path */
        char **system_calls;                        /* the first may begin with "~" */
        char **masks, **unmasks, **read_only_paths; /* paths; of unmasks, "all" */
        char **limits;                              /* "NOFILE=1024:2048" */
        char *stop_signal;                          /* "SIGTERM" */
        char *oom_score_adjust;
        char **sockets, **properties; /* as the pod's, if it has a service */
} AppSettings;

typedef struct PodSettings {
        char *name;
        char *hostname;
        char *stage1;         /* "nspawn", "kvm" or "fly" */
        char *require_kvm;    /* "yes" or "no" */
        char *rw_size;        /* bytes */
        char **networks;      /* as pod/network-kind.h has them */
        char **ports;         /* for port_setting_parse() */
        char *bandwidth;      /* bytes a second: "1.5M", a quantity of appc's */
        char *user_namespace; /* "auto" or "host" */
        char *label_disable;  /* "yes" or "no"; of SELinux, as the next ones */
        char *label_type, *label_file_type;
        char *label_level;  /* as pod_level_parse() spells it */
        char *share_pid;    /* "yes" or "no" */
        char *end;          /* "all", "any-failed" or "app:NAME" */
        char **hosts;       /* "ADDRESS NAME" */
        char **dns;         /* addresses */
        char **dns_search;  /* domains */
        char **dns_options; /* of resolv.conf(5) */
        char **sysctls;     /* "NAME=VALUE" */
        char **empty_volumes; /* for empty_volume_parse(): in AppSettings.volumes, their names are not the store's */
        char **labels;      /* "NAME=VALUE" */
        char **annotations; /* the same */
        char **sockets;     /* "ListenStream=8080" */
        char **properties;  /* of its unit, in the order of assignment: "MemoryMax=1G" */
        AppSettings **apps;
        size_t n_apps;
} PodSettings;

PodSettings *pod_settings_free(PodSettings *s);
DEFINE_CLEANUP(PodSettings, pod_settings_free)

/* One more app, the pod's. */
int pod_settings_add_app(PodSettings *s, AppSettings **ret);

/* What the app will be called; *ret is NULL if that is known only when its image is there. */
int app_settings_name(const AppSettings *app, char **ret);

/* Where a key may be written in a .pod file; keys of the pod's unit may be in both sections. */
typedef enum PodSection {
        POD_SECTION_POD = 1 << 0,
        POD_SECTION_APP = 1 << 1,
} PodSection;

/* 0: there is no such key. */
unsigned pod_setting_sections(const char *key);

/* One assignment: of the app, and then of its unit if the key is a unit's and it has one; else of the pod. "" takes back what
 * was said before; lists grow, all else is replaced. -EINVAL and *reterr_why, "KEY='VALUE': what is wrong with it; what would
 * be right": value is left out where it may be secret. */
int pod_settings_set(PodSettings *s, AppSettings *app, const char *key, const char *value,
                     char **reterr_why);

/* Exec= as words. */
int app_settings_set_exec(AppSettings *app, char *const *words, char **reterr_why);

/* -EINVAL and *reterr_why if two settings contradict each other. */
int pod_settings_check(const PodSettings *s, char **reterr_why);

/* -ENOENT, … and *reterr_why if something of this machine that the settings name is not there, or not what it should be. */
int pod_settings_check_machine(const PodSettings *s, char **reterr_why);

/* What is assigned last to this property of the app's own service or, if the app has none, of the pod's unit; or NULL. */
const char *app_settings_property(const PodSettings *s, const AppSettings *app, const char *name);

/* Whether this property of the pod's unit is set by somebody who has asked for it. */
bool pod_settings_has_unit_property(const PodSettings *s, const char *name);

/* All properties of the pod's unit that follow from the settings, "MemoryMax=1G" as in a unit file. */
int pod_settings_unit_properties(const PodSettings *s, char ***ret);

/* Those of the app's own service. */
int app_settings_service_properties(const PodSettings *s, const AppSettings *app, char ***ret);

/* What is said of the pod's empty volume of this name; NULL: it has none. */
const char *pod_settings_empty_volume(const PodSettings *s, const char *name);

/* What isolates the pod: Stage1=, or what it is if that is not said. */
const char *pod_settings_stage1(const PodSettings *s);

/* All sockets that the pod's unit has. */
bool pod_settings_has_sockets(const PodSettings *s);
int pod_settings_sockets(const PodSettings *s, char ***ret);
