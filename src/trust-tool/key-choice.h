/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/blob.h"
#include "trust-tool/key-summary.h"
#include "trust-tool/trust-tool.h"

/* Keys that the administrator has seen and confirmed. */
typedef struct KeyChoice {
        struct ChosenKey {
                Blob data;
                KeySummary summary;
        } * keys;
        size_t n;
} KeyChoice;

/* Shows those in the files that were named, or those that the owner of the name publishes, and asks. Logs. */
int key_choice_make(const TrustArguments *a, KeyChoice *ret);
void key_choice_done(KeyChoice *c);
#define _cleanup_key_choice_ _cleanup_(key_choice_done)
