/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/pairs.h"

/* Where the page https://NAME?ac-discovery=1 says that images and keys are: prefixes of names, and for each
 * a URL template or URL, in the order of the page. */
typedef struct AppcDiscovery {
        Pairs endpoints; /* ac-discovery: templates, see appc_template_render() */
        Pairs pubkeys;   /* ac-discovery-pubkeys: URLs */
} AppcDiscovery;

#define APPC_DISCOVERY_MAX 64U /* tags of each kind; more are passed over */

void appc_discovery_done(AppcDiscovery *d);
#define _cleanup_appc_discovery_ _cleanup_(appc_discovery_done)

/* Reads a page, of whatever quality: a tag that does not say two things is passed over. 0 or -ENOMEM. */
int appc_discovery_parse(const void *page, size_t size, AppcDiscovery *ret);

/* Does the tag concern the image? By characters, not components: "localhost/pre" is for "localhost/prefix",
 * too. */
bool appc_discovery_matches(const char *prefix, const char *name);

/* Makes of a name the one to be asked after it: "a.com/p/s" → "a.com/p" → "a.com". False if that was it. */
bool appc_discovery_to_parent(char *name);

/* Puts in {name}, {version} ("latest" for NULL and ""), {ext} and {LABEL}. Returns 1, or 0 if the template is
 * of no use for this image: it asks for a label that is not there, does not say {ext}, is malformed or
 * becomes too long; or -ENOMEM. */
int appc_template_render(const char *template, const char *name, const char *version, const Pairs *labels,
                         const char *ext, char **ret);
