/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what a layer's entries mean: a tar's in, calls of the EROFS writer out; that no byte of the tar is lost.
 * Never: touches the file system; follows a name out of the layer; lets an archive speak overlayfs's
 * language.
 * Follows: the OCI image specification, layer.md; the App Container specification, "Image Archives". */

#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "basic/array.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "erofs/path.h"
#include "prepare/layer-entries.h"
#include "tar/recipe.h"
#include "tar/tar.h"

#define MANIFEST_MAX (4u * 1024 * 1024)

typedef struct Reader {
        TarSource *source;
        TarReader *tar;
        Recipe *recipe;
        ErofsWriter *writer;
        LayerSummary summary;
        bool have_manifest, have_rootfs;
        ErofsXattr *xattrs;
        size_t xattrs_allocated;
} Reader;

typedef struct Entry {
        const TarEntry *tar;
        char path[EROFS_PATH_MAX]; /* clean */
        char link[EROFS_PATH_MAX]; /* clean, of a hard link */
} Entry;

void layer_summary_done(LayerSummary *s) {
        blob_done(&s->manifest);
}

static void reader_done(Reader *t) {
        tar_reader_free(t->tar);
        recipe_free(t->recipe);
        free(t->xattrs);
        layer_summary_done(&t->summary);
}

static ssize_t read_source(void *userdata, const void **ret, char **reterr_why) {
        Reader *t = userdata;
        return tar_source_next(t->source, ret, reterr_why);
}

static int note_bytes(void *userdata, const void *data, size_t size) {
        Reader *t = userdata;
        return recipe_add_bytes(t->recipe, data, size);
}

static int write_recipe(void *userdata, const void *data, size_t size) {
        Reader *t = userdata;
        return erofs_writer_attach(t->writer, data, size);
}

/* Overlayfs reads its own notes from these; a layer's author must not write them. */
static bool is_overlay(const char *name) {
        return startswith(name, "trusted.overlay.") || startswith(name, "user.overlay.");
}

static bool is_known_xattr(const char *name) {
        return startswith(name, "user.") || startswith(name, "trusted.") || startswith(name, "security.") ||
               streq(name, "system.posix_acl_access") || streq(name, "system.posix_acl_default");
}

static int collect_xattrs(Reader *t, const TarEntry *e, size_t *ret_n) {
        size_t n = 0;

        for (size_t i = 0; i < e->n_xattrs; i++) {
                const TarXattr *x = &e->xattrs[i];

                if (is_overlay(x->name) || !is_known_xattr(x->name)) {
                        t->summary.dropped++;
                        continue;
                }

                int r = array_reserve(&t->xattrs, &t->xattrs_allocated, n, sizeof(*t->xattrs));
                if (r < 0)
                        return r;
                t->xattrs[n++] = (ErofsXattr) { x->name, x->value, x->size };
        }

        *ret_n = n;
        return 0;
}

static int add_data(Reader *t, uint64_t offset, const void *data, size_t size) {
        int r = erofs_writer_data(t->writer, offset, data, size);
        return r < 0 ? r : recipe_add_data(t->recipe, offset, size);
}

/* `copy`, if there is one, has room for the whole file. */
static int add_file(Reader *t, const TarEntry *e, const ErofsEntry *entry, uint8_t *copy,
                    char **reterr_why) {
        const void *data;
        uint64_t offset;
        size_t size;

        int r = erofs_writer_add(t->writer, entry, reterr_why);
        if (r < 0)
                return r;
        recipe_add_file(t->recipe);

        for (;;) {
                r = tar_reader_data(t->tar, &offset, &data, &size, reterr_why);
                if (r <= 0)
                        return r;
                if (copy)
                        memcpy(copy + offset, data, size);

                r = add_data(t, offset, data, size);
                if (r < 0)
                        return r;
        }
}

static uint32_t count_pieces(const TarEntry *e) {
        return e->sparse ? MAX(e->n_pieces, (size_t) 1) : 0;
}

/* Data that belongs to no name of the layer is kept all the same: without it the tar cannot be made again. */
static int add_nameless(Reader *t, const TarEntry *e, uint8_t *copy, char **reterr_why) {
        ErofsEntry entry = { .mode = S_IFREG, .size = e->size, .pieces = count_pieces(e) };

        return e->type == TAR_FILE && e->size > 0 ? add_file(t, e, &entry, copy, reterr_why) : 0;
}

static int check_owner(int64_t id, uint32_t *ret, char **reterr_why) {
        if (id < 0 || id > UINT32_MAX)
                return refuse(reterr_why, -EBADMSG, "its owner has the number %lld", (long long) id);

        *ret = id;
        return 0;
}

/* What a device node says is what counts on this host; 0:0 would be a whiteout to overlayfs. */
static int check_device(const TarEntry *e, dev_t *ret, char **reterr_why) {
        if (e->type != TAR_CHARACTER && e->type != TAR_BLOCK)
                return 0;
        if (e->major < 0 || e->major >= 1 << 12 || e->minor < 0 || e->minor >= 1 << 20)
                return refuse(reterr_why, -EBADMSG, "it is a device node whose number no kernel has");
        if (e->type == TAR_CHARACTER && e->major == 0 && e->minor == 0)
                return refuse(reterr_why, -EBADMSG,
                              "it is the character device 0:0, a whiteout in disguise");

        *ret = makedev(e->major, e->minor);
        return 0;
}

static mode_t file_type(TarType type) {
        switch (type) {
        case TAR_DIRECTORY: return S_IFDIR;
        case TAR_SYMLINK: return S_IFLNK;
        case TAR_CHARACTER: return S_IFCHR;
        case TAR_BLOCK: return S_IFBLK;
        case TAR_FIFO: return S_IFIFO;
        default: return S_IFREG;
        }
}

/* Everything but hard links and whiteouts. */
static int add_entry(Reader *t, const TarEntry *e, const char *path, char **reterr_why) {
        ErofsEntry entry = {
                .path = path,
                .mode = file_type(e->type) | e->mode,
                .mtime_sec = e->mtime_sec,
                .mtime_nsec = e->mtime_nsec,
                .size = e->size,
                .pieces = count_pieces(e),
                .symlink = e->link,
        };

        int r = check_owner(e->uid, &entry.uid, reterr_why);
        if (r >= 0)
                r = check_owner(e->gid, &entry.gid, reterr_why);
        if (r >= 0)
                r = check_device(e, &entry.rdev, reterr_why);
        if (r >= 0)
                r = collect_xattrs(t, e, &entry.n_xattrs);
        if (r < 0)
                return r;
        entry.xattrs = t->xattrs;

        return e->type == TAR_FILE ? add_file(t, e, &entry, NULL, reterr_why)
                                   : erofs_writer_add(t->writer, &entry, reterr_why);
}

/* .wh.NAME: NAME of the layers below is gone; .wh..wh..opq: all in this directory of the layers below.
 * Other names that begin with .wh..wh. are what AUFS kept for itself. */
static int add_whiteout(Reader *t, const Entry *e, size_t directory, const char *name, char **reterr_why) {
        char path[EROFS_PATH_MAX];

        memcpy(path, e->path, directory);
        path[directory] = '\0';

        if (streq(name, ".wh..opq")) {
                if (directory > 0)
                        path[directory - 1] = '\0';
                return erofs_writer_opaque(t->writer, path, reterr_why);
        }
        if (startswith(name, ".wh."))
                return 0;
        if (name[0] == '\0' || streq(name, ".") || streq(name, ".."))
                return refuse(reterr_why, -EBADMSG, "it is a whiteout of nothing");

        strcpy(path + directory, name);
        return erofs_writer_whiteout(t->writer, path, reterr_why);
}

static int add_oci(Reader *t, const Entry *e, char **reterr_why) {
        const char *slash = strrchr(e->path, '/'), *last = slash ? slash + 1 : e->path;

        const char *hidden = startswith(last, ".wh.");
        if (hidden) {
                int r = add_whiteout(t, e, last - e->path, hidden, reterr_why);
                return r < 0 ? r : add_nameless(t, e->tar, NULL, reterr_why);
        }
        if (startswith(e->path, ".wh..wh."))
                return add_nameless(t, e->tar, NULL, reterr_why);
        if (startswith(e->path, ".wh.") || strstr(e->path, "/.wh."))
                return refuse(reterr_why, -EBADMSG, "it is within a whiteout");
        if (e->tar->type == TAR_HARD_LINK)
                return erofs_writer_link(t->writer, e->path, e->link, reterr_why);
        return add_entry(t, e->tar, e->path, reterr_why);
}

static int read_manifest(Reader *t, const Entry *e, char **reterr_why) {
        _cleanup_free_ char *data = NULL;
        uint64_t size = e->tar->size;

        if (t->have_manifest)
                return refuse(reterr_why, -EEXIST, "there is an entry of that name already");
        if (e->tar->type != TAR_FILE)
                return refuse(reterr_why, -EBADMSG, "the manifest is no regular file");
        if (size > MANIFEST_MAX)
                return refuse(reterr_why, -EFBIG, "the manifest is larger than %u bytes", MANIFEST_MAX);

        data = calloc(1, size + 1);
        if (!data)
                return -ENOMEM;
        int r = add_nameless(t, e->tar, (uint8_t *) data, reterr_why);
        if (r < 0)
                return r;

        t->summary.manifest = (Blob) { TAKE_PTR(data), size };
        t->have_manifest = true;
        return 0;
}

/* The name below rootfs, or NULL. */
static const char *below_rootfs(const char *path) {
        const char *rest = startswith(path, "rootfs");

        return !rest ? NULL : rest[0] == '/' ? rest + 1 : rest[0] == '\0' ? rest : NULL;
}

static int add_aci(Reader *t, const Entry *e, char **reterr_why) {
        TarType type = e->tar->type;

        if (e->path[0] == '\0' && type == TAR_DIRECTORY)
                return 0; /* the archive's own root */
        if (streq(e->path, "manifest"))
                return read_manifest(t, e, reterr_why);

        const char *path = below_rootfs(e->path);
        if (!path)
                return refuse(reterr_why, -EBADMSG, "it is neither the manifest nor below rootfs");
        if (path[0] == '\0') {
                if (type != TAR_DIRECTORY)
                        return refuse(reterr_why, -EBADMSG, "rootfs is no directory");
                t->have_rootfs = true;
        }
        if (type != TAR_HARD_LINK)
                return add_entry(t, e->tar, path, reterr_why);

        const char *target = below_rootfs(e->link);
        if (!target)
                return refuse(reterr_why, -ENOLINK, "it is a hard link to outside of rootfs");
        return erofs_writer_link(t->writer, path, target, reterr_why);
}

/* Builders write names of layers, and what hard links in them link to, with a slash in front, too; the root meant is the
 * image's. */
static const char *without_root(LayerFormat format, const char *path) {
        return format == LAYER_OCI ? path + strspn(path, "/") : path;
}

static int read_entry(Reader *t, LayerFormat format, const TarEntry *tar, char **reterr_why) {
        Entry e = { .tar = tar };
        int r;

        if (tar->path[0] == '\0')
                return refuse(reterr_why, -EBADMSG, "it has no name");
        r = path_clean(without_root(format, tar->path), e.path, reterr_why);
        if (r < 0)
                return r;

        if (tar->type == TAR_HARD_LINK) {
                _cleanup_free_ char *why = NULL;
                r = path_clean(without_root(format, tar->link), e.link, &why);
                if (r == -EBADMSG)
                        return refuse(reterr_why, -ENOLINK, "it is a hard link to outside of the layer");
                if (r < 0)
                        return r;
        }

        return format == LAYER_OCI ? add_oci(t, &e, reterr_why) : add_aci(t, &e, reterr_why);
}

/* Puts the entry's name in front of a reason, unless that is about the whole blob. The writer has no words for
 * an image that becomes too large. */
static int name_entry(const Reader *t, const char *path, int r, const char *why, char **reterr_why) {
        if (tar_reader_input_failed(t->tar))
                return refuse(reterr_why, r, "%s", why ?: strerror(-r));

        _cleanup_free_ char *name = str_escape(path, strlen(path), 256);
        if (r == -EFBIG && !why)
                return refuse(reterr_why, r, "entry '%s': more than %llu bytes unpacked", name ?: "…",
                              (unsigned long long) erofs_writer_max(t->writer));

        return refuse(reterr_why, r, "entry '%s': %s", name ?: "…", why ?: strerror(-r));
}

static int read_entries(Reader *t, LayerFormat format, char **reterr_why) {
        TarEntry entry;

        for (;;) {
                _cleanup_free_ char *why = NULL;

                int r = tar_reader_next(t->tar, &entry, reterr_why);
                if (r <= 0)
                        return r;

                r = read_entry(t, format, &entry, &why);
                if (r < 0)
                        return name_entry(t, entry.path, r, why, reterr_why);
                t->summary.entries++;
        }
}

static int open_tar(Reader *t) {
        TarInput input = { .read = read_source, .aside = note_bytes, .userdata = t };

        int r = recipe_new(write_recipe, t, &t->recipe);
        return r < 0 ? r : tar_reader_new(&input, &t->tar);
}

/* What is behind the end of the tar is not looked at, but it belongs to what has the digest. */
static int read_tar(Reader *t, LayerFormat format, char **reterr_why) {
        int r = read_entries(t, format, reterr_why);
        if (r >= 0)
                r = tar_reader_drain(t->tar, reterr_why);
        return r < 0 ? r : recipe_finish(t->recipe);
}

int layer_entries_read(TarSource *source, LayerFormat format, ErofsWriter *writer, LayerSummary *ret,
                       char **reterr_why) {
        _cleanup_(reader_done) Reader t = { .source = source, .writer = writer };

        int r = open_tar(&t);
        if (r >= 0)
                r = read_tar(&t, format, reterr_why);
        if (r < 0)
                return r;
        if (format == LAYER_ACI && !t.have_manifest)
                return refuse(reterr_why, -EBADMSG, "it has no manifest");
        if (format == LAYER_ACI && !t.have_rootfs)
                return refuse(reterr_why, -EBADMSG, "it has no rootfs");

        *ret = t.summary;
        t.summary = (LayerSummary) {};
        return 0;
}
