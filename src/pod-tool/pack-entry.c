/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: one file on its way into a tar: its attributes, its data and its holes.
 * Never: looks anything up by a name.
 * Follows: xattr(7), capabilities(7); Documentation/filesystems/overlayfs.rst. */

#include <endian.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "basic/array.h"
#include "basic/fd.h"
#include "basic/str.h"
#include "pod-tool/pack-entry.h"

#define BLOCK 512 /* of a tar, and of st_blocks */
#define VALUE_MAX 65536

void pack_attributes_done(PackAttributes *a) {
        for (size_t i = 0; i < a->n; i++) {
                free((char *) a->list[i].name);
                free((void *) a->list[i].value);
        }
        free(a->list);
}

/* A user namespace's root that gives a program capabilities does so for its namespace; in the pod's next one its
 * root is another's. */
static size_t unshift_capabilities(void *value, size_t size, uid_t base) {
        struct vfs_ns_cap_data *data = value;

        if (size != XATTR_CAPS_SZ_3 || le32toh(data->rootid) != base)
                return size;

        uint32_t flags = le32toh(data->magic_etc) & VFS_CAP_FLAGS_MASK;
        data->magic_etc = htole32(VFS_CAP_REVISION_2 | flags);
        return XATTR_CAPS_SZ_2;
}

static int add(PackAttributes *a, size_t *allocated, const char *name, const void *value, size_t size) {
        _cleanup_free_ char *copy = NULL;
        _cleanup_free_ void *data = malloc(size + 1);

        int r = data ? array_reserve(&a->list, allocated, a->n, sizeof(TarXattr)) : -ENOMEM;
        if (r >= 0)
                r = str_copy(name, &copy);
        if (r < 0)
                return r;

        memcpy(data, value, size);
        a->list[a->n++] = (TarXattr) { TAKE_PTR(copy), TAKE_PTR(data), size };
        return 0;
}

/* What overlayfs keeps for itself. Directories are moved as a whole, and files have their data elsewhere, only where an
 * administrator has switched that on. */
static int take_note(PackAttributes *a, const char *name, const char *value, size_t size) {
        if (streq(name, "opaque"))
                a->opaque = size == 1 && value[0] == 'y';

        return streq(name, "redirect") || streq(name, "metacopy") ? -EOPNOTSUPP : 0;
}

/* Labels and lists of ids are this host's. */
static int read_one(int fd, const char *name, const PackOptions *o, PackAttributes *a, size_t *allocated) {
        static char value[VALUE_MAX];
        const char *note = o->is_changes ? startswith(name, "trusted.overlay.") : NULL;
        bool capability = streq(name, "security.capability");

        if (!note && !capability && !startswith(name, "user."))
                return 0;

        ssize_t size = fgetxattr(fd, name, value, sizeof(value));
        if (size < 0)
                return errno == ENODATA ? 0 : -errno;
        if (note)
                return take_note(a, note, value, size);
        if (capability)
                size = unshift_capabilities(value, size, o->base);

        return add(a, allocated, name, value, size);
}

int pack_attributes_read(int fd, const PackOptions *o, PackAttributes *ret) {
        _cleanup_pack_attributes_ PackAttributes a = {};
        size_t allocated = 0;

        ssize_t size = flistxattr(fd, NULL, 0);
        if (size < 0)
                return errno == EOPNOTSUPP ? 0 : -errno;

        _cleanup_free_ char *names = malloc(size + 1);
        if (!names)
                return -ENOMEM;
        size = size > 0 ? flistxattr(fd, names, size) : 0;
        int r = size < 0 ? -errno : 0;
        for (ssize_t i = 0; r >= 0 && i < size; i += strlen(names + i) + 1)
                r = read_one(fd, names + i, o, &a, &allocated);
        if (r < 0)
                return r;

        *ret = a;
        a = (PackAttributes) {};
        return 0;
}

/* Where the file's data is, in whole blocks. */
static int find_pieces(int fd, uint64_t size, TarPiece **ret, size_t *ret_n) {
        _cleanup_free_ TarPiece *pieces = NULL;
        size_t n = 0, allocated = 0;
        off_t end = 0;

        while ((uint64_t) end < size) {
                off_t data = lseek(fd, end, SEEK_DATA);
                if (data < 0 && errno == ENXIO)
                        break;
                end = data < 0 ? -1 : lseek(fd, data, SEEK_HOLE);
                if (end < 0)
                        return -errno;

                uint64_t begin = (uint64_t) data / BLOCK * BLOCK,
                         behind = MIN(((uint64_t) end + BLOCK - 1) / BLOCK * BLOCK, size);
                if (begin >= size)
                        break;
                int r = array_reserve(&pieces, &allocated, n, sizeof(TarPiece));
                if (r < 0)
                        return r;
                pieces[n++] = (TarPiece) { begin, behind - begin };
        }

        *ret = TAKE_PTR(pieces);
        *ret_n = n;
        return 0;
}

static int copy_piece(TarWriter *w, int fd, const TarPiece *piece) {
        static char buffer[128 * 1024];
        uint64_t done = 0;

        while (done < piece->size) {
                ssize_t n = pread(fd, buffer, MIN(piece->size - done, sizeof(buffer)),
                                  (off_t) (piece->offset + done));
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                if (n == 0)
                        return 0; /* it has become shorter */

                int r = tar_writer_data(w, buffer, n);
                if (r < 0)
                        return r;
                done += n;
        }

        return 0;
}

int pack_file(TarWriter *w, int fd, TarEntry *e) {
        _cleanup_free_ TarPiece *pieces = NULL;
        TarPiece whole = { 0, e->size };
        struct stat st;
        int r = 0;

        if (fstat(fd, &st) < 0)
                return -errno;
        e->sparse = (uint64_t) st.st_blocks * BLOCK < e->size;
        if (e->sparse)
                r = find_pieces(fd, e->size, &pieces, &e->n_pieces);
        if (r < 0)
                return r;

        e->pieces = pieces;
        r = tar_writer_add(w, e);
        for (size_t i = 0; e->sparse && r >= 0 && i < e->n_pieces; i++)
                r = copy_piece(w, fd, &pieces[i]);
        if (!e->sparse && r >= 0)
                r = copy_piece(w, fd, &whole);

        return r < 0 ? r : tar_writer_fill(w);
}
