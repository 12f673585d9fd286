/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/json.h"

/* A network as its file describes it: plugins that are called one after another. */

#define CNI_DOCUMENT_MAX (1024U * 1024U)
#define CNI_PLUGINS_MAX 32U

typedef struct CniPlugin {
        char *type;   /* the program's name, without '/' */
        Json *config; /* as it is in the document */
} CniPlugin;

typedef struct CniConfiguration {
        char *name, *version;
        CniPlugin *plugins;
        size_t n_plugins;
        Json *document; /* the whole of it, to be kept as long as something is attached */
} CniConfiguration;

/* A list (.conflist), or a plugin that is a network alone (.conf). -EBADMSG and *reterr_why if it is neither. */
int cni_configuration_parse(const void *data, size_t size, CniConfiguration **ret, char **reterr_why);
int cni_configuration_decode(const Json *document, CniConfiguration **ret, char **reterr_why);

CniConfiguration *cni_configuration_free(CniConfiguration *c);
DEFINE_CLEANUP(CniConfiguration, cni_configuration_free)

/* Does the plugin want to be told of this at run time ("portMappings")? Does any? */
bool cni_plugin_has(const CniPlugin *plugin, const char *capability);
bool cni_configuration_has(const CniConfiguration *c, const char *capability);

/* The same network with one more plugin, the last one, that has this capability. */
int cni_configuration_append(const CniConfiguration *c, const char *type, const char *capability,
                             CniConfiguration **ret);

/* What plugin `i` reads: its configuration, those of `capabilities` (an object by their names, or NULL) that it has, and the result that is
 * there before it (NULL: none). */
int cni_configuration_input(const CniConfiguration *c, size_t i, const Json *capabilities,
                            const Json *previous, Blob *ret);
