/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: images/, what is known of every admitted image, and images/refs/, their names.
 * Never: judges; changes a document once it is published, but the index.
 * Follows: docs/ARCHITECTURE.md, "The store". */

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "image/json.h"
#include "store/digest-list.h"
#include "store/image-dir.h"
#include "store/lock.h"

#define VERDICT_MAX ((size_t) 64 * 1024)

static uint64_t mtime_usec(const struct stat *st) {
        return (uint64_t) st->st_mtim.tv_sec * 1000000 + st->st_mtim.tv_nsec / 1000;
}

/* Writes `name`, whose only slash may come behind "signatures". */
static int write_file(int dir_fd, const ImageFile *f) {
        const char *base = startswith(f->name, "signatures/");
        if (!base)
                return file_create_at(dir_fd, f->name, f->data, f->size, 0444);

        _cleanup_close_ int sub = dir_open_at(dir_fd, "signatures", 0755);
        return sub < 0 ? sub : file_create_at(sub, base, f->data, f->size, 0444);
}

static int fill_and_rename(int images_fd, int dir_fd, const char *temporary, const char *name,
                           const ImageFile *files, size_t n) {
        for (size_t i = 0; i < n; i++) {
                int r = write_file(dir_fd, &files[i]);
                if (r < 0)
                        return r;
        }

        int r = tree_sync(dir_fd);
        if (r >= 0 &&
            (renameat2(images_fd, temporary, images_fd, name, RENAME_NOREPLACE) < 0 || fsync(images_fd) < 0))
                r = -errno;

        return r;
}

int image_dir_publish(Store *s, const Digest *id, const ImageFile *files, size_t n) {
        int images_fd = store_images_fd(s);
        char name[DIGEST_TEXT_MAX];
        _cleanup_free_ char *temporary = NULL;

        digest_format_id(id, name);
        int r = str_printf(&temporary, ".#%s.%016llx", name, str_random_u64());
        if (r < 0)
                return r;

        _cleanup_close_ int dir_fd = dir_open_at(images_fd, temporary, 0755);
        if (dir_fd < 0)
                return dir_fd;

        r = fill_and_rename(images_fd, dir_fd, temporary, name, files, n);
        if (r < 0)
                (void) remove_tree_at(images_fd, temporary);

        return r;
}

int image_dir_open(Store *s, const Digest *id) {
        char name[DIGEST_TEXT_MAX];

        digest_format_id(id, name);
        return dir_open_at(store_images_fd(s), name, 0);
}

int image_file_read(int image_fd, const char *name, size_t limit, Blob *ret) {
        return file_read_at(image_fd, name, limit, ret);
}

int image_file_add(int image_fd, const char *name, const void *data, size_t size) {
        int r = file_publish_at(image_fd, name, data, size, 0444, false);
        return r == -EEXIST ? 0 : r;
}

int image_dir_reference(int image_fd, Reference **ret) {
        _cleanup_json_ Json *verdict = NULL;
        _cleanup_blob_ Blob text = {};

        int r = image_file_read(image_fd, "verdict.json", VERDICT_MAX, &text);
        if (r >= 0)
                r = json_parse(text.data, text.size, &verdict, NULL);
        if (r < 0)
                return r;

        const char *reference = json_get_text(verdict, "reference");
        return reference ? reference_parse(reference, ret, NULL) : -EBADMSG;
}

int image_dir_set_verdict(int image_fd, const void *data, size_t size) {
        return file_publish_at(image_fd, "verdict.json", data, size, 0444, true);
}

int image_dir_set_index(int image_fd, const void *data, size_t size) {
        return file_publish_at(image_fd, "index", data, size, 0444, true);
}

int image_dir_use(int image_fd) {
        return futimens(image_fd, NULL) < 0 ? -errno : 0;
}

uint64_t image_dir_used_usec(int image_fd) {
        struct stat st;
        return fstat(image_fd, &st) < 0 ? 0 : mtime_usec(&st);
}

static bool parse_image_name(const char *name, Digest *ret) {
        return digest_parse_id(name, ret) >= 0;
}

int image_dir_list(Store *s, Digest **ret, size_t *ret_n) {
        return digest_list_at(store_images_fd(s), parse_image_name, ret, ret_n);
}

int image_dir_find(Store *s, const char *prefix, Digest *ret) {
        _cleanup_free_ Digest *list = NULL;
        size_t n, found = 0;
        Digest match = {};

        int r = image_dir_list(s, &list, &n);
        if (r < 0)
                return r;

        for (size_t i = 0; i < n; i++) {
                char colon[DIGEST_TEXT_MAX], dash[DIGEST_TEXT_MAX];

                digest_format(&list[i], colon);
                digest_format_id(&list[i], dash);
                if (startswith(colon, prefix) || startswith(dash, prefix)) {
                        match = list[i];
                        found++;
                }
        }
        if (found != 1)
                return found == 0 ? -ENOENT : -ENOTUNIQ;

        *ret = match;
        return 0;
}

static int open_refs(Store *s) {
        return dir_open_at(store_images_fd(s), "refs", 0);
}

/* A reference as a file name: '/' and '%' become %2f and %25; all else that references contain is fit for
 * a name. A leading dot cannot occur. */
static int ref_file_name(const char *reference, char **ret) {
        _cleanup_free_ char *name = malloc(strlen(reference) * 3 + 1);
        if (!name)
                return -ENOMEM;

        char *q = name;
        for (const char *p = reference; *p; p++)
                if (*p == '/' || *p == '%')
                        q += sprintf(q, "%%%02x", *p);
                else
                        *q++ = *p;
        *q = '\0';
        if (q - name > NAME_MAX)
                return -ENAMETOOLONG;

        *ret = TAKE_PTR(name);
        return 0;
}

static int ref_from_file_name(const char *name, char **ret) {
        _cleanup_free_ char *reference = malloc(strlen(name) + 1);
        if (!reference)
                return -ENOMEM;

        char *q = reference;
        for (const char *p = name; *p; p++) {
                uint8_t byte = *p;

                if (*p == '%') {
                        char digits[3] = { p[1], p[1] ? p[2] : '\0', '\0' };
                        if (hex_decode(digits, &byte, 1) < 0)
                                return -EBADMSG;
                        p += 2;
                }
                *q++ = byte;
        }
        *q = '\0';

        *ret = TAKE_PTR(reference);
        return 0;
}

int image_ref_set(Store *s, const char *reference, const Digest *id) {
        _cleanup_free_ char *name = NULL;
        char text[DIGEST_TEXT_MAX + 1];

        int r = ref_file_name(reference, &name);
        if (r < 0)
                return r;

        _cleanup_close_ int fd = open_refs(s);
        if (fd < 0)
                return fd;

        /* Nobody may take what the name is written in for something that was given up, or remove the image that
         * it is a name of. */
        _cleanup_close_ int lock = store_lock(s, STORE_SHARED);
        if (lock < 0)
                return lock;

        digest_format_id(id, text);
        strcat(text, "\n");
        return file_publish_at(fd, name, text, strlen(text), 0644, true);
}

int image_ref_remove(Store *s, const char *reference) {
        _cleanup_free_ char *name = NULL;

        int r = ref_file_name(reference, &name);
        if (r < 0)
                return r;

        _cleanup_close_ int fd = open_refs(s);
        if (fd < 0)
                return fd;

        return unlinkat(fd, name, 0) < 0 && errno != ENOENT ? -errno : 0;
}

int image_dir_sync(Store *s) {
        _cleanup_close_ int fd = open_refs(s);
        if (fd < 0)
                return fd;

        return fsync(fd) < 0 || fsync(store_images_fd(s)) < 0 ? -errno : 0;
}

static int read_ref(int refs_fd, const char *name, Digest *ret) {
        _cleanup_blob_ Blob text = {};

        int r = file_read_at(refs_fd, name, DIGEST_TEXT_MAX, &text);
        if (r < 0)
                return r;

        char *newline = strchr(text.data, '\n');
        if (newline)
                *newline = '\0';

        return digest_parse_id(text.data, ret) < 0 ? -EBADMSG : 0;
}

int image_ref_get(Store *s, const char *reference, Digest *ret) {
        _cleanup_free_ char *name = NULL;

        int r = ref_file_name(reference, &name);
        if (r < 0)
                return r;

        _cleanup_close_ int fd = open_refs(s);
        return fd < 0 ? fd : read_ref(fd, name, ret);
}

int image_reference_localize(Reference *reference) {
        if (!reference->path || reference->kind == REFERENCE_ACI_URL)
                return 0;

        char *absolute = realpath(reference->path, NULL);
        if (!absolute)
                return -errno;

        free(reference->path);
        reference->path = absolute;
        return 0;
}

int image_resolve(Store *s, const Reference *reference, Digest *ret) {
        _cleanup_free_ char *text = NULL;

        if (reference->kind == REFERENCE_ID)
                return image_dir_find(s, reference->id, ret);

        int r = reference_format(reference, &text);
        return r < 0 ? r : image_ref_get(s, text, ret);
}

void image_refs_free(ImageRef *refs, size_t n) {
        for (size_t i = 0; i < n; i++)
                free(refs[i].reference);
        free(refs);
}

static int compare_refs(const void *a, const void *b) {
        return strcmp(((const ImageRef *) a)->reference, ((const ImageRef *) b)->reference);
}

int image_ref_load(int refs_fd, const char *name, ImageRef *ret) {
        ImageRef ref = {};
        struct stat st;

        int r = read_ref(refs_fd, name, &ref.id);
        if (r < 0)
                return r;
        if (fstatat(refs_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return -errno;
        ref.resolved_usec = mtime_usec(&st);

        r = ref_from_file_name(name, &ref.reference);
        if (r < 0)
                return r;

        *ret = ref;
        return 0;
}

int image_ref_list(Store *s, ImageRef **ret, size_t *ret_n) {
        ImageRef *list = NULL;
        size_t n = 0;
        _cleanup_closedir_ DIR *d = NULL;

        int r = dir_stream_at(store_images_fd(s), "refs", &d);
        if (r < 0)
                return r;

        for (struct dirent *entry; r >= 0 && (entry = readdir(d));) {
                if (entry->d_name[0] == '.')
                        continue;

                ImageRef *grown = reallocarray(list, n + 1, sizeof(ImageRef));
                if (!grown) {
                        r = -ENOMEM;
                        break;
                }
                list = grown;

                r = image_ref_load(dirfd(d), entry->d_name, &list[n]);
                if (r >= 0)
                        n++;
                else if (r == -ENOENT || r == -EBADMSG)
                        r = 0; /* gone meanwhile, or not one of ours */
        }
        if (r < 0) {
                image_refs_free(list, n);
                return r;
        }

        if (n > 0)
                qsort(list, n, sizeof(ImageRef), compare_refs);
        *ret = list;
        *ret_n = n;
        return 0;
}

static int remove_names_of(Store *s, const Digest *id) {
        ImageRef *refs = NULL;
        size_t n = 0;

        int r = image_ref_list(s, &refs, &n);
        if (r < 0)
                return r;

        for (size_t i = 0; i < n && r >= 0; i++)
                if (digest_equal(&refs[i].id, id))
                        r = image_ref_remove(s, refs[i].reference);

        image_refs_free(refs, n);
        return r;
}

int image_dir_remove(Store *s, const Digest *id) {
        int images_fd = store_images_fd(s);
        char name[DIGEST_TEXT_MAX], hidden[32];

        /* The names first: a crash then leaves a nameless image, which gc knows, and never a name for
         * nothing. */
        int r = remove_names_of(s, id);
        if (r >= 0)
                r = image_dir_sync(s);
        if (r < 0)
                return r;

        digest_format_id(id, name);
        (void) snprintf(hidden, sizeof(hidden), ".#%016llx", str_random_u64());
        if (renameat(images_fd, name, images_fd, hidden) < 0 || fsync(images_fd) < 0)
                return -errno;

        return remove_tree_at(images_fd, hidden);
}
