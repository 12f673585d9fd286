/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/digest.h"
#include "store/store.h"

/* A directory of our own in incoming/, gone when it is done. */
typedef struct Quarantine {
        Store *store; /* borrowed */
        char *name;
        char *reference; /* what it is for. Not written into the directory: that belongs to user gantry-fetch */
        int fd;
} Quarantine;

#define QUARANTINE_NULL                                                                                     \
        (Quarantine) {                                                                                      \
                .fd = -EBADF                                                                                \
        }

/* Makes it, for what `reference` brings. Logs. */
int quarantine_new(Store *s, const char *reference, Quarantine *ret);
void quarantine_done(Quarantine *q);
#define _cleanup_quarantine_ _cleanup_(quarantine_done)

/* Has gantry-verify judge what is in there. 0 and the ID of the admitted image, or an error that has been
 * said. */
int quarantine_admit(Quarantine *q, Digest *ret);

/* Asks gantry-verify whether an image of this name may be admitted at all, before it is downloaded. 0, or an
 * error that has been said. */
int quarantine_check_name(Store *s, const char *reference);

/* Asks gantry-verify about an image that is in the store, without those it needs. 0, or an error that has been said. */
int quarantine_check_stored(Store *s, const Digest *id);
