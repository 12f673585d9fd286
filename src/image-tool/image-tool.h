/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/reference.h"
#include "store/store.h"

typedef struct ImageArguments {
        Store *store;
        bool config, quick, repair;
        char **operands; /* what follows the verb */
} ImageArguments;

/* One a verb; they log. 0 or -errno. */
int image_tool_list(const ImageArguments *a);
int image_tool_rm(const ImageArguments *a);
int image_tool_cat_manifest(const ImageArguments *a);
int image_tool_export(const ImageArguments *a);
int image_tool_fsck(const ImageArguments *a);

/* The image that people mean by `text`, or says that there is none. `ret` may be NULL. */
int image_tool_find(Store *s, const char *text, Reference **ret, Digest *ret_id);

/* Acts on every operand, all of them even if one fails; the first failure is returned. -EINVAL if there is none. */
int image_tool_each(const ImageArguments *a, int (*act)(const ImageArguments *a, const char *text));
