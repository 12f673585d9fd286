/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/cursor.h"

/* A <meta> tag's two attributes as they are written, without quotes; empty if they are not there. */
typedef struct HtmlMeta {
        Cursor name, content; /* borrowed from the page */
} HtmlMeta;

/* Takes what comes before the next <meta> tag, and the tag. False if there is none any more. */
bool html_next_meta(Cursor *page, HtmlMeta *ret);

/* What the value of an attribute says: &amp; &lt; &gt; &quot; &apos; &#NN; and &#xHH; replaced, what is not a
 * character by U+FFFD, NUL too; other names are left as they are. 0 or -ENOMEM. */
int html_unescape(Cursor text, char **ret);
