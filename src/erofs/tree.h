/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/blob.h"
#include "basic/macro.h"

/* All names of a layer. */
typedef struct Tree Tree;

typedef enum NodeKind {
        NODE_NEW, /* not said yet */
        NODE_FILE,
        NODE_DIRECTORY,
        NODE_WHITEOUT,
} NodeKind;

typedef struct Node {
        uint32_t parent; /* the directory it is in */
        uint32_t index;  /* which directory it is, or for the caller: which file */
        uint8_t kind;
        bool hides; /* a whiteout of the name was seen: of layers below nothing is to show through */
        bool kept;  /* tree_keep() */
        char name[];
} Node;

typedef struct Directory {
        int64_t mtime;
        uint64_t nid;    /* for the caller */
        uint64_t size;   /* for the caller */
        Node **children; /* sorted by name; after tree_sort() */
        uint8_t *xattrs; /* owned, encoded */
        uint32_t xattrs_size;
        uint32_t n_children;
        uint32_t parent;
        uint32_t nlink; /* after tree_sort() */
        uint32_t uid, gid, mtime_nsec;
        uint32_t block; /* for the caller */
        uint16_t mode;
        uint16_t format;  /* for the caller */
        bool is_explicit; /* an entry of its own was seen, or a whiteout, so that it has no past */
        bool opaque;
        bool alive; /* after tree_sort(): not replaced by something else, nor any parent of it */
} Directory;

Tree *tree_new(void);
Tree *tree_free(Tree *t);
DEFINE_CLEANUP(Tree, tree_free)

/* Directory number 0 is the root. */
Directory *tree_directory(Tree *t, uint32_t index);
size_t tree_directories(const Tree *t);

/* The name's node, made if need be together with its parents. -ENOTDIR if a parent is something else than
 * a directory, -EISDIR for the root, which has no node. */
int tree_enter(Tree *t, const char *path, Node **ret, char **reterr_why);

/* The name's node, or NULL. */
Node *tree_find(Tree *t, const char *path);

/* Makes the node a directory, if it is none yet. */
int tree_make_directory(Tree *t, Node *node);

/* From the first call on, only directories and what was named here are alive in the end. What is not there does not
 * matter. */
void tree_keep(Tree *t, const char *path);

/* Finds out what is alive, sorts it and counts the links of directories. To be called once, when all
 * names are in. Returns an array of all nodes alive, owned by the tree. */
int tree_sort(Tree *t, Node *const **ret, size_t *ret_n);
