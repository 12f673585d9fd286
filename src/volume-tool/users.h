/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "store/store.h"

/* Which pods have which named volumes. */
typedef struct VolumeUsers VolumeUsers;

/* -EBADMSG and *reterr_pod (owned by the caller): this pod's manifest cannot be read, so who knows what it has. */
int volume_users_load(Store *s, VolumeUsers **ret, char **reterr_pod);
VolumeUsers *volume_users_free(VolumeUsers *u);
DEFINE_CLEANUP(VolumeUsers, volume_users_free)

/* "db, web": the pods that have this one; NULL if there is none. Owned by the caller. */
int volume_users_of(const VolumeUsers *u, const char *volume, char **ret);
