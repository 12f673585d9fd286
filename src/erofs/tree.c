/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the names of a layer: which there are, what they stand for, how they sort.
 * Never: keeps anything of a file but its number; recurses into directories.
 * Follows: tsearch(3); the order of names in EROFS directories is that of their bytes. */

#include <search.h>
#include <string.h>

#include "basic/array.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "erofs/path.h"
#include "erofs/tree.h"

struct Tree {
        void *names; /* tsearch(3): nodes by directory and name */
        size_t n_names;
        Node *probe; /* what is looked for */
        Directory *directories;
        size_t n_directories, allocated;
        Node **sorted;
        size_t n_sorted;
        bool choosy; /* only what is kept is alive */
};

static int compare(const void *a, const void *b) {
        const Node *x = a, *y = b;

        if (x->parent != y->parent)
                return x->parent < y->parent ? -1 : 1;
        return strcmp(x->name, y->name);
}

static int add_directory(Tree *t, uint32_t parent, uint32_t *ret) {
        int r = array_reserve(&t->directories, &t->allocated, t->n_directories, sizeof(Directory));
        if (r < 0)
                return r;

        t->directories[t->n_directories] = (Directory) {
                .mode = 0755,
                .parent = parent,
        };
        *ret = t->n_directories++;
        return 0;
}

Tree *tree_new(void) {
        _cleanup_(tree_freep) Tree *t = calloc(1, sizeof(Tree));
        uint32_t root;

        if (!t)
                return NULL;
        t->probe = calloc(1, sizeof(Node) + EROFS_NAME_MAX + 1);
        if (!t->probe || add_directory(t, 0, &root) < 0)
                return NULL;

        return TAKE_PTR(t);
}

Tree *tree_free(Tree *t) {
        if (!t)
                return NULL;

        tdestroy(t->names, free);
        for (size_t i = 0; i < t->n_directories; i++)
                free(t->directories[i].xattrs);
        free(t->directories);
        free(t->sorted);
        free(t->probe);
        free(t);
        return NULL;
}

Directory *tree_directory(Tree *t, uint32_t index) {
        return &t->directories[index];
}

size_t tree_directories(const Tree *t) {
        return t->n_directories;
}

/* Prepares the probe for the first component of `path`, whose length is returned. */
static size_t probe_component(Tree *t, uint32_t parent, const char *path) {
        size_t n = strcspn(path, "/");

        t->probe->parent = parent;
        memcpy(t->probe->name, path, n);
        t->probe->name[n] = '\0';
        return n;
}

static int enter_probe(Tree *t, Node **ret) {
        Node **slot = tsearch(t->probe, &t->names, compare);
        if (!slot)
                return -ENOMEM;

        if (*slot == t->probe) {
                size_t size = sizeof(Node) + strlen(t->probe->name) + 1;
                Node *node = malloc(size);
                if (!node) {
                        tdelete(t->probe, &t->names, compare);
                        return -ENOMEM;
                }
                *slot = memcpy(node, t->probe, size);
                t->n_names++;
        }

        *ret = *slot;
        return 0;
}

int tree_make_directory(Tree *t, Node *node) {
        uint32_t index;
        int r;

        if (node->kind == NODE_DIRECTORY)
                return 0;

        r = add_directory(t, node->parent, &index);
        if (r < 0)
                return r;

        node->kind = NODE_DIRECTORY;
        node->index = index;
        return 0;
}

int tree_enter(Tree *t, const char *path, Node **ret, char **reterr_why) {
        uint32_t directory = 0;
        Node *node;
        int r;

        if (path[0] == '\0')
                return refuse(reterr_why, -EISDIR, "the root is a directory");

        for (;;) {
                size_t n = probe_component(t, directory, path);

                r = enter_probe(t, &node);
                if (r < 0)
                        return r;
                path += n;
                if (*path == '\0')
                        break;
                path++;

                if (node->kind == NODE_FILE) {
                        _cleanup_free_ char *s = str_escape(node->name, strlen(node->name), EROFS_NAME_MAX);
                        return refuse(reterr_why, -ENOTDIR, "'%s' in its name is not a directory", s ?: "…");
                }
                r = tree_make_directory(t, node);
                if (r < 0)
                        return r;
                directory = node->index;
        }

        *ret = node;
        return 0;
}

Node *tree_find(Tree *t, const char *path) {
        uint32_t directory = 0;

        for (;;) {
                size_t n = probe_component(t, directory, path);

                Node **slot = tfind(t->probe, &t->names, compare);
                if (!slot)
                        return NULL;
                path += n;
                if (*path == '\0')
                        return *slot;
                path++;

                if ((*slot)->kind != NODE_DIRECTORY)
                        return NULL;
                directory = (*slot)->index;
        }
}

void tree_keep(Tree *t, const char *path) {
        Node *node = tree_find(t, path);

        t->choosy = true;
        if (node)
                node->kept = true;
}

/* Called in order. A directory's number is larger than its parent's, so when its children come, it is
 * known whether it is alive. The words for when a name comes in order are search.h's: on the second of
 * three visits, or the only. */
static void sort_one(const void *slot, VISIT which, void *userdata) {
        Node *node = *(Node *const *) slot;
        Tree *t = userdata;

        if (which != postorder && which != leaf)
                return;

        Directory *parent = &t->directories[node->parent];
        if (!parent->alive || (t->choosy && !node->kept && node->kind != NODE_DIRECTORY))
                return;

        if (parent->n_children++ == 0)
                parent->children = &t->sorted[t->n_sorted];
        t->sorted[t->n_sorted++] = node;

        if (node->kind == NODE_DIRECTORY) {
                t->directories[node->index].alive = true;
                t->directories[node->index].nlink = 2;
                t->directories[node->index].opaque |= node->hides;
                t->directories[node->index].is_explicit |= node->hides;
                parent->nlink++;
        }
}

int tree_sort(Tree *t, Node *const **ret, size_t *ret_n) {
        t->sorted = calloc(t->n_names + 1, sizeof(Node *));
        if (!t->sorted)
                return -ENOMEM;

        t->directories[0].alive = true;
        t->directories[0].nlink = 2;
        twalk_r(t->names, sort_one, t);

        *ret = t->sorted;
        *ret_n = t->n_sorted;
        return 0;
}
