/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what a tar's entries mean: libarchive's view of them in, calls of the EROFS writer out.
 * Never: touches the file system; follows a name out of the layer; lets an archive speak overlayfs's
 * language.
 * Follows: the OCI image specification, layer.md; the App Container specification, "Image Archives". */

#include <archive.h>
#include <archive_entry.h>
#include <string.h>
#include <sys/stat.h>

#include "basic/str.h"
#include "erofs/array.h"
#include "erofs/path.h"
#include "erofs/refuse.h"
#include "prepare/tar-reader.h"

#define MANIFEST_MAX (4u * 1024 * 1024)

typedef struct Reader {
        TarSource *source;
        int source_error; /* what reading it ended with, and why */
        char *source_why;
        struct archive *archive;
        ErofsWriter *writer;
        TarSummary summary;
        bool have_manifest, have_rootfs;
        ErofsXattr *xattrs;
        size_t xattrs_allocated;
} Reader;

typedef struct Entry {
        struct archive_entry *archive;
        char path[EROFS_PATH_MAX]; /* clean */
        char link[EROFS_PATH_MAX]; /* clean, of a hard link */
        bool is_link;
} Entry;

void tar_summary_done(TarSummary *s) {
        blob_done(&s->manifest);
}

static void reader_done(Reader *t) {
        if (t->archive)
                archive_read_free(t->archive);
        free(t->source_why);
        free(t->xattrs);
        tar_summary_done(&t->summary);
}

static ssize_t read_source(struct archive *a, void *userdata, const void **ret) {
        Reader *t = userdata;

        ssize_t n = tar_source_next(t->source, ret, &t->source_why);
        if (n < 0) {
                t->source_error = n;
                return ARCHIVE_FATAL;
        }

        return n;
}

/* What libarchive could not do: either the source's fault or the tar's. */
static int archive_failed(Reader *t, char **reterr_why) {
        if (t->source_error < 0) {
                if (reterr_why)
                        *reterr_why = TAKE_PTR(t->source_why);
                return t->source_error;
        }

        return refuse(reterr_why, -EBADMSG, "%s", archive_error_string(t->archive) ?: "not a tar archive");
}

/* Overlayfs reads its own notes from these; a layer's author must not write them. */
static bool is_overlay(const char *name) {
        return startswith(name, "trusted.overlay.") || startswith(name, "user.overlay.");
}

static bool is_known_xattr(const char *name) {
        return startswith(name, "user.") || startswith(name, "trusted.") || startswith(name, "security.") ||
               streq(name, "system.posix_acl_access") || streq(name, "system.posix_acl_default");
}

static int collect_xattrs(Reader *t, struct archive_entry *e, size_t *ret_n) {
        size_t n = 0;

        /* libarchive has them in reverse. */
        for (int left = archive_entry_xattr_reset(e); left > 0; left--) {
                ErofsXattr x;

                if (archive_entry_xattr_next(e, &x.name, &x.value, &x.size) != ARCHIVE_OK)
                        break;
                if (is_overlay(x.name) || !is_known_xattr(x.name)) {
                        t->summary.dropped++;
                        continue;
                }

                int r = array_reserve(&t->xattrs, &t->xattrs_allocated, n, sizeof(*t->xattrs));
                if (r < 0)
                        return r;
                t->xattrs[n++] = x;
        }

        for (size_t i = 0; i < n / 2; i++) {
                ErofsXattr x = t->xattrs[i];
                t->xattrs[i] = t->xattrs[n - 1 - i];
                t->xattrs[n - 1 - i] = x;
        }

        *ret_n = n;
        return 0;
}

static int copy_data(Reader *t, char **reterr_why) {
        const void *data;
        int64_t offset;
        size_t size;

        for (;;) {
                int r = archive_read_data_block(t->archive, &data, &size, &offset);
                if (r == ARCHIVE_EOF)
                        return 0;
                if (r != ARCHIVE_OK && r != ARCHIVE_WARN)
                        return archive_failed(t, reterr_why);

                r = size > 0 ? erofs_writer_data(t->writer, offset, data, size) : 0;
                if (r == -EINVAL)
                        return refuse(reterr_why, -EBADMSG, "its data does not agree with its size");
                if (r < 0)
                        return r;
        }
}

static int check_owner(int64_t id, uint32_t *ret, char **reterr_why) {
        if (id < 0 || id > UINT32_MAX)
                return refuse(reterr_why, -EBADMSG, "its owner has the number %lld", (long long) id);

        *ret = id;
        return 0;
}

static int check_type(mode_t mode, char **reterr_why) {
        switch (mode & S_IFMT) {
        case S_IFREG:
        case S_IFDIR:
        case S_IFLNK:
        case S_IFIFO: return 0;
        case S_IFCHR:
        case S_IFBLK: return refuse(reterr_why, -EBADMSG, "it is a device node");
        default: return refuse(reterr_why, -EBADMSG, "it is of an unknown type");
        }
}

/* Everything but hard links and whiteouts. */
static int add_entry(Reader *t, const Entry *e, const char *path, char **reterr_why) {
        struct archive_entry *a = e->archive;
        ErofsEntry entry = {
                .path = path,
                .mode = archive_entry_mode(a),
                .mtime_sec = archive_entry_mtime(a),
                .mtime_nsec = archive_entry_mtime_nsec(a),
                .symlink = archive_entry_symlink(a),
                .pieces = archive_entry_sparse_count(a),
        };
        int r;

        r = check_type(entry.mode, reterr_why);
        if (r < 0)
                return r;
        r = check_owner(archive_entry_uid(a), &entry.uid, reterr_why);
        if (r < 0)
                return r;
        r = check_owner(archive_entry_gid(a), &entry.gid, reterr_why);
        if (r < 0)
                return r;
        if (entry.mtime_nsec >= 1000000000 || archive_entry_size(a) < 0 ||
            (S_ISLNK(entry.mode) && !entry.symlink))
                return refuse(reterr_why, -EBADMSG, "its header makes no sense");
        entry.size = archive_entry_size(a);

        r = collect_xattrs(t, a, &entry.n_xattrs);
        if (r < 0)
                return r;
        entry.xattrs = t->xattrs;

        r = erofs_writer_add(t->writer, &entry, reterr_why);
        if (r < 0)
                return r;
        return S_ISREG(entry.mode) ? copy_data(t, reterr_why) : 0;
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
        if (hidden)
                return add_whiteout(t, e, last - e->path, hidden, reterr_why);
        if (startswith(e->path, ".wh..wh."))
                return 0;
        if (startswith(e->path, ".wh.") || strstr(e->path, "/.wh."))
                return refuse(reterr_why, -EBADMSG, "it is within a whiteout");
        if (e->is_link)
                return erofs_writer_link(t->writer, e->path, e->link, reterr_why);
        return add_entry(t, e, e->path, reterr_why);
}

static int read_manifest(Reader *t, const Entry *e, char **reterr_why) {
        int64_t size = archive_entry_size(e->archive);
        _cleanup_free_ char *data = NULL;

        if (t->have_manifest)
                return refuse(reterr_why, -EEXIST, "there is an entry of that name already");
        if (e->is_link || !S_ISREG(archive_entry_mode(e->archive)))
                return refuse(reterr_why, -EBADMSG, "the manifest is no regular file");
        if (size < 0 || size > MANIFEST_MAX)
                return refuse(reterr_why, -EFBIG, "the manifest is larger than %u bytes", MANIFEST_MAX);

        data = malloc(size + 1);
        if (!data)
                return -ENOMEM;
        if (archive_read_data(t->archive, data, size) != size)
                return archive_failed(t, reterr_why);

        data[size] = '\0';
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
        mode_t mode = archive_entry_mode(e->archive);

        if (e->path[0] == '\0' && S_ISDIR(mode) && !e->is_link)
                return 0; /* the archive's own root */
        if (streq(e->path, "manifest"))
                return read_manifest(t, e, reterr_why);

        const char *path = below_rootfs(e->path);
        if (!path)
                return refuse(reterr_why, -EBADMSG, "it is neither the manifest nor below rootfs");
        if (path[0] == '\0') {
                if (!S_ISDIR(mode) || e->is_link)
                        return refuse(reterr_why, -EBADMSG, "rootfs is no directory");
                t->have_rootfs = true;
        }
        if (!e->is_link)
                return add_entry(t, e, path, reterr_why);

        const char *target = below_rootfs(e->link);
        if (!target)
                return refuse(reterr_why, -ENOLINK, "it is a hard link to outside of rootfs");
        return erofs_writer_link(t->writer, path, target, reterr_why);
}

static int read_entry(Reader *t, TarFormat format, struct archive_entry *a, char **reterr_why) {
        const char *path = archive_entry_pathname(a), *link = archive_entry_hardlink(a);
        Entry e = { .archive = a, .is_link = link };
        int r;

        if (!path || path[0] == '\0')
                return refuse(reterr_why, -EBADMSG, "it has no name");
        r = path_clean(path, e.path, reterr_why);
        if (r < 0)
                return r;

        if (link) {
                _cleanup_free_ char *why = NULL;
                r = path_clean(link, e.link, &why);
                if (r == -EBADMSG)
                        return refuse(reterr_why, -ENOLINK, "it is a hard link to outside of the layer");
                if (r < 0)
                        return r;
        }

        return format == TAR_OCI ? add_oci(t, &e, reterr_why) : add_aci(t, &e, reterr_why);
}

/* Puts the entry's name in front of a reason, unless that is about the whole blob. The writer has no words for
 * an image that becomes too large. */
static int name_entry(const Reader *t, struct archive_entry *a, int r, const char *why, char **reterr_why) {
        const char *path = archive_entry_pathname(a) ?: "";

        if (t->source_error < 0)
                return refuse(reterr_why, r, "%s", why ?: strerror(-r));

        _cleanup_free_ char *name = str_escape(path, strlen(path), 256);
        if (r == -EFBIG && !why)
                return refuse(reterr_why, r, "entry '%s': more than %llu bytes unpacked", name ?: "…",
                              (unsigned long long) erofs_writer_max(t->writer));

        return refuse(reterr_why, r, "entry '%s': %s", name ?: "…", why ?: strerror(-r));
}

static int open_archive(Reader *t) {
        t->archive = archive_read_new();
        if (!t->archive)
                return -ENOMEM;
        if (archive_read_support_format_tar(t->archive) != ARCHIVE_OK)
                return -EOPNOTSUPP;

        return 0;
}

static int read_entries(Reader *t, TarFormat format, char **reterr_why) {
        struct archive_entry *entry;
        int r;

        if (archive_read_open(t->archive, t, NULL, read_source, NULL) != ARCHIVE_OK)
                return archive_failed(t, reterr_why);

        for (;;) {
                _cleanup_free_ char *why = NULL;

                r = archive_read_next_header(t->archive, &entry);
                if (r == ARCHIVE_EOF)
                        return 0;
                /* A warning is about names the C locale cannot show; they are the archive's bytes all the
                 * same. */
                if (r != ARCHIVE_OK && r != ARCHIVE_WARN)
                        return archive_failed(t, reterr_why);

                r = read_entry(t, format, entry, &why);
                if (r < 0)
                        return name_entry(t, entry, r, why, reterr_why);
                t->summary.entries++;
        }
}

int tar_read(TarSource *source, TarFormat format, ErofsWriter *writer, TarSummary *ret, char **reterr_why) {
        _cleanup_(reader_done) Reader t = { .source = source, .writer = writer };
        int r;

        r = open_archive(&t);
        if (r < 0)
                return r;
        r = read_entries(&t, format, reterr_why);
        if (r < 0)
                return r;
        if (format == TAR_ACI && !t.have_manifest)
                return refuse(reterr_why, -EBADMSG, "it has no manifest");
        if (format == TAR_ACI && !t.have_rootfs)
                return refuse(reterr_why, -EBADMSG, "it has no rootfs");

        *ret = t.summary;
        t.summary = (TarSummary) {};
        return 0;
}
