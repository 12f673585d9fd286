/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "image/digest.h"
#include "image/pairs.h"

typedef enum ReferenceKind {
        REFERENCE_REGISTRY,       /* [docker://][registry/]name[:tag][@digest] */
        REFERENCE_OCI_DIR,        /* oci:DIR[:tag] */
        REFERENCE_OCI_ARCHIVE,    /* oci-archive:FILE[:tag] */
        REFERENCE_DOCKER_ARCHIVE, /* docker-archive:FILE[:NAME[:tag]] */
        REFERENCE_ACI,            /* aci:NAME[:version][,label=value…], found by discovery */
        REFERENCE_ACI_FILE,       /* /FILE.aci, ./FILE.aci, ../FILE.aci */
        REFERENCE_ACI_URL,        /* https://….aci, http://….aci */
        REFERENCE_ID,             /* sha256:… or sha512-…, or 8 and more digits of it: in the store */
} ReferenceKind;

/* An image as a user names it, normalised. What does not belong to the kind is NULL. */
typedef struct Reference {
        ReferenceKind kind;
        char *registry;   /* REGISTRY: "docker.io", "localhost:5000", "[::1]:5000"; lower case */
        char *repository; /* REGISTRY: "library/busybox" */
        char *tag; /* REGISTRY: "latest" if no digest is given either; OCI_*: as given; DOCKER_ARCHIVE: the NAME[:tag] */
        bool has_digest; /* REGISTRY */
        Digest digest;
        char *path;    /* the other kinds with a path: as given, may be relative; ACI_URL: the URL */
        char *name;    /* ACI: the AC Identifier */
        char *version; /* ACI: the label "version", from either spelling */
        Pairs labels;  /* ACI: all others, sorted by name */
        char *id;      /* ID: "sha256-<8 or more hex digits>", as image_dir_find() takes it */
} Reference;

/* -EINVAL and *reterr_why (may be NULL) if it is none of them. */
int reference_parse(const char *text, Reference **ret, char **reterr_why);
Reference *reference_free(Reference *ref);
DEFINE_CLEANUP(Reference, reference_free)
#define _cleanup_reference_ _cleanup_(reference_freep)

/* The name that trust rules see: "registry/repository", "oci:DIR", "oci-archive:FILE",
 * "docker-archive:FILE", "aci:NAME". The caller makes `path` absolute before. -ENODATA for an ID and for
 * .aci files and URLs: there the manifest knows the name. */
int reference_name(const Reference *ref, char **ret);

/* The one spelling of it, which parses to the same reference: for images/refs and for messages. -EINVAL if
 * there is none, e.g. for an appc version with a colon in it, which a manifest may have and a user cannot
 * type. */
int reference_format(const Reference *ref, char **ret);

/* The rule of machined (a hostname): 1 to 64 letters, digits, '-' and '.', no label empty or with '-' at
 * either end. */
bool reference_is_valid_machine_name(const char *name);

/* A machine name from the last component of an image's name or path and four hex digits: "busybox-3f9a". 0
 * or -ENOMEM. */
int reference_default_pod_name(const char *name, const char *hex, char **ret);
