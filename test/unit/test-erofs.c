/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof that what goes into the EROFS writer comes out of the kernel.
 * Never: trusts the writer's own idea of the format: images are read by fsck.erofs and by a mount only.
 * Follows: erofs/writer.h. */

#include <dirent.h>
#include <endian.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cmocka.h>

#include "basic/fd.h"
#include "basic/process.h"
#include "basic/str.h"
#include "erofs/path.h"
#include "erofs/writer.h"

#define MIB ((uint64_t) 1 << 20)
#define TIB ((uint64_t) 1 << 40)

static const uint8_t uuid[16] = { 1, 2, 3, 4, 5, 6, 0x87, 8, 0x89, 10 };
static bool mount_refused, fsck_missing;

/* What a name must turn out to be. Data of files is a pattern made from `seed`. */
typedef struct Expected {
        ErofsEntry entry;
        uint8_t seed;
        unsigned nlink; /* 0: 1, or not looked at for a directory */
} Expected;

static uint8_t pattern(uint8_t seed, uint64_t offset) {
        return (offset * 31) ^ (offset >> 7) ^ seed;
}

static void fill(uint8_t *p, uint8_t seed, uint64_t offset, size_t size) {
        for (size_t i = 0; i < size; i++)
                p[i] = pattern(seed, offset + i);
}

/* On a disk: a file of memory cannot be mounted. */
static int new_file(void) {
        int fd = open("/var/tmp", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
        assert_true(fd >= 0);
        return fd;
}

static ErofsWriter *new_writer(int fd) {
        ErofsWriter *w;
        assert_int_equal(erofs_writer_new(fd, UINT64_MAX, 0, &w), 0);
        return w;
}

static void put_pattern(ErofsWriter *w, uint8_t seed, uint64_t offset, uint64_t size, size_t piece) {
        static uint8_t buffer[200000];

        for (uint64_t done = 0; done < size;) {
                size_t n = MIN(MIN(piece, sizeof(buffer)), size - done);
                fill(buffer, seed, offset + done, n);
                assert_int_equal(erofs_writer_data(w, offset + done, buffer, n), 0);
                done += n;
        }
}

static void add(ErofsWriter *w, const Expected *e) {
        _cleanup_free_ char *why = NULL;

        int r = erofs_writer_add(w, &e->entry, &why);
        if (r < 0)
                fail_msg("%s: %s (%s)", e->entry.path, why ?: "-", strerror(-r));
        if (S_ISREG(e->entry.mode) && !e->entry.pieces)
                put_pattern(w, e->seed, 0, e->entry.size, 1 + e->seed * 97);
}

static void add_all(ErofsWriter *w, const Expected *all, size_t n) {
        for (size_t i = 0; i < n; i++)
                add(w, &all[i]);
}

static void finish(ErofsWriter *w) {
        assert_int_equal(erofs_writer_finish(w, uuid), 0);
        erofs_writer_free(w);
}

/* The checker that comes with EROFS. */
static void fsck(int fd) {
        _cleanup_free_ char *path = NULL;
        assert_int_equal(str_printf(&path, "/proc/%d/fd/%d", getpid(), fd), 0);

        _cleanup_close_ int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
        int r = process_run(&(Spawn) {
                        .argv = (char *[]) { (char *) "fsck.erofs", path, NULL },
                        .in = -EBADF,
                        .out = null,
                        .err = -EBADF,
        });
        if (r == -ENOENT)
                fsck_missing = true;
        else
                assert_int_equal(r, 0);
}

/* Kernels that cannot mount a file want a block device. */
static int loop_device(int fd, char ret[static 32]) {
        _cleanup_close_ int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
        int number = control < 0 ? -1 : ioctl(control, LOOP_CTL_GET_FREE);
        if (number < 0)
                return -errno;

        (void) snprintf(ret, 32, "/dev/loop%d", number);
        int device = open(ret, O_RDONLY | O_CLOEXEC);
        struct loop_config config = {
                .fd = fd,
                .info = { .lo_flags = LO_FLAGS_AUTOCLEAR | LO_FLAGS_READ_ONLY },
        };
        if (device < 0 || ioctl(device, LOOP_CONFIGURE, &config) < 0)
                return -errno;
        return device;
}

static int mount_source(const char *source) {
        _cleanup_close_ int context = fsopen("erofs", FSOPEN_CLOEXEC);
        if (context < 0 || fsconfig(context, FSCONFIG_SET_FLAG, "ro", NULL, 0) < 0 ||
            fsconfig(context, FSCONFIG_SET_STRING, "source", source, 0) < 0 ||
            fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
                return -errno;

        int mounted = fsmount(context, FSMOUNT_CLOEXEC, MOUNT_ATTR_RDONLY);
        return mounted < 0 ? -errno : mounted;
}

typedef enum Way {
        WAY_FILE, /* the kernel reads the file itself */
        WAY_LOOP, /* it reads a block device */
} Way;

/* A mount that nobody sees and that ends with its fd. -EPERM without root, -ENOTBLK from a kernel that does
 * not mount files. */
static int mount_in_way(int fd, Way way) {
        char device[32], path[64];

        if (way == WAY_FILE) {
                (void) snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
                return mount_source(path);
        }

        _cleanup_close_ int loop = loop_device(fd, device);
        return loop < 0 ? loop : mount_source(device);
}

static int mount_image(int fd) {
        int mounted = mount_in_way(fd, WAY_FILE);
        if (mounted == -ENOTBLK)
                mounted = mount_in_way(fd, WAY_LOOP);
        if (mounted == -EPERM) {
                mount_refused = true;
                return mounted;
        }

        if (mounted < 0)
                fail_msg("Cannot mount the image: %s", strerror(-mounted));
        return mounted;
}

static void check_data(int root, const char *path, const Expected *e) {
        _cleanup_close_ int fd = openat(root, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        uint8_t got[8192], wanted[8192];

        assert_true(fd >= 0);
        for (uint64_t offset = 0;;) {
                ssize_t n = fd_read_full(fd, got, sizeof(got));
                assert_true(n >= 0);
                fill(wanted, e->seed, offset, n);
                assert_memory_equal(got, wanted, n);
                offset += n;
                if ((size_t) n < sizeof(got)) {
                        assert_int_equal(offset, e->entry.size);
                        return;
                }
        }
}

/* Of several xattrs of one name the last one counts. */
static const ErofsXattr *find_xattr(const ErofsEntry *e, const char *name) {
        for (size_t i = e->n_xattrs; i > 0; i--)
                if (streq(e->xattrs[i - 1].name, name))
                        return &e->xattrs[i - 1];
        return NULL;
}

static void check_xattrs(int root, const char *path, const ErofsEntry *e) {
        static char list[65536], value[65536];
        _cleanup_free_ char *full = NULL;
        size_t listed = 0, wanted = 0;

        assert_int_equal(str_printf(&full, "/proc/self/fd/%d/%s", root, path), 0);
        ssize_t size = llistxattr(full, list, sizeof(list));
        if (size < 0)
                fail_msg("%s: llistxattr: %m", path);

        for (char *name = list; name < list + size; name += strlen(name) + 1, listed++) {
                const ErofsXattr *x = find_xattr(e, name);
                if (!x)
                        fail_msg("%s has an xattr '%s' too many", path, name);
                assert_int_equal(lgetxattr(full, name, value, sizeof(value)), x->size);
                if (x->size > 0)
                        assert_memory_equal(value, x->value, x->size);
        }

        for (size_t i = 0; i < e->n_xattrs; i++)
                wanted += find_xattr(e, e->xattrs[i].name) == &e->xattrs[i];
        assert_int_equal(listed, wanted);
}

static void check_name(int root, const Expected *e) {
        const char *path = e->entry.path[0] == '\0' ? "." : e->entry.path;
        struct stat st;

        if (fstatat(root, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
                fail_msg("%s: %m", path);
        if (st.st_mode != e->entry.mode)
                fail_msg("%s: mode is %o, not %o", path, st.st_mode, e->entry.mode);
        assert_int_equal(st.st_uid, e->entry.uid);
        assert_int_equal(st.st_gid, e->entry.gid);
        assert_int_equal(st.st_mtim.tv_sec, e->entry.mtime_sec);
        assert_int_equal(st.st_mtim.tv_nsec, e->entry.mtime_nsec);
        if (e->nlink > 0 || !S_ISDIR(st.st_mode))
                assert_int_equal(st.st_nlink, MAX(e->nlink, 1u));
        if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode))
                assert_int_equal(st.st_rdev, e->entry.rdev);
        if (S_ISREG(st.st_mode)) {
                assert_int_equal(st.st_size, e->entry.size);
                if (!e->entry.pieces)
                        check_data(root, path, e);
        }
        if (S_ISLNK(st.st_mode)) {
                char target[PATH_MAX] = {};
                assert_int_equal(readlinkat(root, path, target, sizeof(target)), strlen(e->entry.symlink));
                assert_string_equal(target, e->entry.symlink);
        }
        check_xattrs(root, path, &e->entry);
}

/* Counts all names below the directory, each looked up by its name as well. */
static size_t count_names(int fd) {
        _cleanup_closedir_ DIR *d = fdopendir(fd);
        size_t n = 0, dots = 0;
        struct stat st;

        assert_non_null(d);
        for (struct dirent *entry = readdir(d); entry; entry = readdir(d)) {
                if (streq(entry->d_name, ".") || streq(entry->d_name, "..")) {
                        dots++;
                        continue;
                }

                n++;
                assert_int_equal(fstatat(dirfd(d), entry->d_name, &st, AT_SYMLINK_NOFOLLOW), 0);
                assert_int_equal(st.st_ino, entry->d_ino);
                assert_int_equal(IFTODT(st.st_mode), entry->d_type);
                if (S_ISDIR(st.st_mode))
                        n += count_names(
                                        openat(dirfd(d), entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        }
        assert_int_equal(dots, 2);

        return n;
}

/* What a kernel must know to mount the image: a field of the superblock. */
static uint32_t incompatible_features(int fd) {
        uint32_t features;

        assert_int_equal(pread(fd, &features, sizeof(features), 1024 + 80), sizeof(features));
        return le32toh(features);
}

/* Every expected name is there as it was put in, and there are `total` names, the root not counted. */
static void verify(int fd, const Expected *all, size_t n, size_t total) {
        fsck(fd);

        for (Way way = WAY_FILE; way <= WAY_LOOP; way++) {
                _cleanup_close_ int root = mount_in_way(fd, way);
                if (root == -EPERM || root == -ENOTBLK) {
                        mount_refused = true;
                        continue;
                }
                if (root < 0)
                        fail_msg("Cannot mount the image: %s", strerror(-root));

                for (size_t i = 0; i < n; i++)
                        check_name(root, &all[i]);
                assert_int_equal(count_names(openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)), total);
        }
}

static void test_path_clean(void **state) {
        static const struct {
                const char *path, *clean;
        } table[] = {
                { "a", "a" },
                { "./a", "a" },
                { "a/", "a" },
                { "a//b", "a/b" },
                { "././a/./b/.", "a/b" },
                { ".", "" },
                { "./", "" },
                { "", "" },
                { "/", "" },
                { "...", "..." },
                { "a/..b/c..", "a/..b/c.." },
                { "a/.../b", "a/.../b" },
                { ".a", ".a" },
                { "..", NULL },
                { "../a", NULL },
                { "a/../b", NULL },
                { "a/..", NULL },
                { "./../a", NULL },
                { "/a", NULL },
                { "//", NULL },
        };
        char clean[EROFS_PATH_MAX], path[2 * EROFS_PATH_MAX];

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_free_ char *why = NULL;
                int r = path_clean(table[i].path, clean, &why);
                assert_int_equal(r, table[i].clean ? 0 : -EBADMSG);
                if (r < 0)
                        assert_non_null(why);
                else
                        assert_string_equal(clean, table[i].clean);
                assert_int_equal(path_is_clean(table[i].path), r >= 0 && streq(table[i].path, clean));
        }

        memset(path, 'a', sizeof(path));
        path[255] = '\0';
        assert_int_equal(path_clean(path, clean, NULL), 0);
        path[255] = 'a';
        path[256] = '\0';
        assert_int_equal(path_clean(path, clean, NULL), -EBADMSG);

        for (size_t i = 0; i < sizeof(path); i++)
                path[i] = i % 2 == 0 ? 'a' : '/';
        path[4096] = '\0';
        assert_int_equal(path_clean(path, clean, NULL), 0);
        assert_int_equal(strlen(clean), 4095);
        path[4096] = 'a';
        path[4097] = '\0';
        assert_int_equal(path_clean(path, clean, NULL), -EBADMSG);
}

static void test_empty(void **state) {
        _cleanup_close_ int fd = new_file();
        static const Expected root = { { .path = "", .mode = S_IFDIR | 0755 }, .nlink = 2 };

        finish(new_writer(fd));
        verify(fd, &root, 1, 0);
        assert_int_equal(lseek(fd, 0, SEEK_END), 2 * 4096); /* itself; that it says nothing of its root */
        assert_int_equal(incompatible_features(fd), 0);
}

static void test_types(void **state) {
        static const ErofsXattr xattrs[] = {
                { "user.b", "second", 6 },
                { "user.a", "x", 1 },
                { "trusted.t", "", 0 },
                { "security.capability", "\1\0\0\2\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20 },
                { "user.a", "the later one", 13 },
        };
        static const uint8_t acl[] = {
                2,  0, 0, 0,                     /* version */
                1,  0, 7, 0, 255, 255, 255, 255, /* owner */
                2,  0, 5, 0, 232, 3,   0,   0,   /* user 1000 */
                4,  0, 5, 0, 255, 255, 255, 255, /* group */
                16, 0, 5, 0, 255, 255, 255, 255, /* mask */
                32, 0, 5, 0, 255, 255, 255, 255, /* others */
        };
        static const ErofsXattr acls[] = {
                { "system.posix_acl_access", acl, sizeof(acl) },
                { "system.posix_acl_default", acl, sizeof(acl) },
        };
        const Expected all[] = {
                { { .path = "",
                    .mode = S_IFDIR | 0711,
                    .uid = 7,
                    .mtime_sec = 5,
                    .mtime_nsec = 6,
                    .xattrs = xattrs,
                    .n_xattrs = 2 },
                  .nlink = 4 },
                { { .path = "dir",
                    .mode = S_IFDIR | 01777,
                    .uid = 1,
                    .gid = 2,
                    .mtime_sec = 1234567890,
                    .mtime_nsec = 999999999 },
                  .nlink = 3 },
                { { .path = "dir/sub", .mode = S_IFDIR | 0755, .xattrs = acls, .n_xattrs = 2 }, .nlink = 2 },
                { { .path = "file",
                    .mode = S_IFREG | 04755,
                    .uid = 100000,
                    .gid = 4294967294,
                    .size = 5000,
                    .mtime_sec = -5,
                    .mtime_nsec = 1,
                    .xattrs = xattrs,
                    .n_xattrs = 5 },
                  .seed = 1 },
                { { .path = "empty", .mode = S_IFREG | 0, .mtime_sec = 4102444800 } },
                { { .path = "link",
                    .mode = S_IFLNK | 0777,
                    .symlink = "../dir\xff\n/x",
                    .uid = 3,
                    .xattrs = xattrs + 2,
                    .n_xattrs = 1 } },
                { { .path = "fifo", .mode = S_IFIFO | 0600 } },
                { { .path = "socket", .mode = S_IFSOCK | 0666 } },
                { { .path = "null", .mode = S_IFCHR | 0666, .rdev = makedev(1, 3) } },
                { { .path = "far", .mode = S_IFCHR | 0666, .rdev = makedev(4095, 1048575) } },
                { { .path = "disk", .mode = S_IFBLK | 0660, .rdev = makedev(259, 300), .gid = 6 } },
                { { .path = "dir/\xc3\xa9\xff\x01", .mode = S_IFREG | 02644, .size = 3 }, .seed = 9 },
                { { .path = "implied", .mode = S_IFDIR | 0755 }, .nlink = 3 },
                { { .path = "implied/too", .mode = S_IFDIR | 0755 }, .nlink = 2 },
                { { .path = "implied/too/file", .mode = S_IFREG | 0644, .size = 1 } },
        };
        _cleanup_close_ int fd = new_file();
        ErofsWriter *w = new_writer(fd);

        for (size_t i = ELEMENTSOF(all); i > 0; i--) /* children before parents */
                if (!startswith(all[i - 1].entry.path, "implied") || S_ISREG(all[i - 1].entry.mode))
                        add(w, &all[i - 1]);
        finish(w);
        verify(fd, all, ELEMENTSOF(all), ELEMENTSOF(all) - 1);
}

/* Where a tail is inlined, does not fit any more, or is not there; behind inodes of both forms. */
static void test_sizes(void **state) {
        static const uint64_t sizes[] = { 0,    1,     31,    32,    33,      2000,       4031, 4032,
                                          4033, 4063,  4064,  4065,  4095,    4096,       4097, 8128,
                                          8129, 12288, 65535, 65536, MIB - 1, 5 * MIB + 5 };
        Expected all[4 * ELEMENTSOF(sizes)];
        char names[ELEMENTSOF(all)][16];
        _cleanup_close_ int fd = new_file();
        ErofsWriter *w = new_writer(fd);

        for (size_t i = 0; i < ELEMENTSOF(all); i++) {
                (void) snprintf(names[i], sizeof(names[i]), "f%zu", i);
                all[i] = (Expected) { { .path = names[i],
                                        .mode = S_IFREG | 0644,
                                        .size = sizes[i % ELEMENTSOF(sizes)],
                                        .mtime_sec = i / ELEMENTSOF(sizes) % 2 },
                                      .seed = i };
        }
        add_all(w, all, ELEMENTSOF(all));
        finish(w);
        verify(fd, all, ELEMENTSOF(all), ELEMENTSOF(all));
}

static void test_symlinks(void **state) {
        static const size_t sizes[] = { 1, 59, 60, 3000, 4000, 4032, 4033, 4094, 4095 };
        static char targets[ELEMENTSOF(sizes)][4097];
        Expected all[ELEMENTSOF(sizes)];
        char names[ELEMENTSOF(sizes)][16];
        _cleanup_close_ int fd = new_file();
        ErofsWriter *w = new_writer(fd);

        for (size_t i = 0; i < ELEMENTSOF(all); i++) {
                memset(targets[i], 'a' + i, sizes[i]);
                (void) snprintf(names[i], sizeof(names[i]), "l%zu", i);
                all[i] = (Expected) { { .path = names[i], .mode = S_IFLNK | 0777, .symlink = targets[i] } };
        }
        add_all(w, all, ELEMENTSOF(all));
        finish(w);
        verify(fd, all, ELEMENTSOF(all), ELEMENTSOF(all));
}

/* "." and ".." are not always the first; names sort as bytes without a sign; directories of one block and
 * of many. */
static void test_directories(void **state) {
        static const char *const odd[] = { "!",    "-",    ".\x01", ".-",   ".a", "..a", "...", " ",
                                           "\x01", "\x7f", "\x80",  "\xff", "a",  "a!",  "A" };
        Expected all[ELEMENTSOF(odd)];
        char name[256];
        _cleanup_close_ int fd = new_file();
        ErofsWriter *w = new_writer(fd);
        size_t total = ELEMENTSOF(odd);

        for (size_t i = 0; i < ELEMENTSOF(odd); i++)
                all[i] = (Expected) { { .path = odd[i], .mode = S_IFREG | 0644, .size = i }, .seed = i };
        add_all(w, all, ELEMENTSOF(all));

        /* Directories whose entries take every number of bytes around the ends of a block. */
        for (unsigned i = 0; i < 130; i++)
                for (unsigned k = 0; k < 40 + i; k++, total++) {
                        (void) snprintf(name, sizeof(name), "d%u/%0*u", i, 20 + (k == 0) * (int) i, k);
                        add(w, &(Expected) { { .path = name, .mode = S_IFIFO | 0644 } });
                }
        total += 130;

        /* Every byte a name can have. */
        for (unsigned c = 1; c < 256; c++)
                if (c != '/') {
                        (void) snprintf(name, sizeof(name), "bytes/%c-", (int) c);
                        add(w, &(Expected) { { .path = name, .mode = S_IFREG | 0644 } });
                        total++;
                }
        total++;

        /* The longest names. */
        for (unsigned i = 0; i < 40; i++, total++) {
                (void) snprintf(name, sizeof(name), "%0255u", i);
                add(w, &(Expected) { { .path = name, .mode = S_IFDIR | 0700 } });
        }

        finish(w);
        verify(fd, all, ELEMENTSOF(all), total);
}

static void test_huge_directory(void **state) {
        const Expected dir = { { .path = "many", .mode = S_IFDIR | 0755 }, .nlink = 2 + 100 };
        _cleanup_close_ int fd = new_file();
        ErofsWriter *w = new_writer(fd);
        char name[64];

        add(w, &dir);
        for (unsigned i = 0; i < 200000; i++) {
                unsigned shuffled = i * 7919 % 200000;
                (void) snprintf(name, sizeof(name), "many/entry-%u", shuffled);
                mode_t type = shuffled < 100 ? S_IFDIR : S_IFREG;
                add(w, &(Expected) { { .path = name, .mode = type | 0644, .size = i % 50 } });
        }
        finish(w);
        verify(fd, &dir, 1, 200001);
}

static void test_large_xattrs(void **state) {
        static uint8_t value[65535];
        char names[16][16];
        const ErofsXattr huge = { "user.x", value, 60000 }, of_root = { "user.x", value, 2700 };
        ErofsXattr many[16];
        const Expected all[] = {
                { { .path = "one", .mode = S_IFREG | 0644, .size = 100, .xattrs = &huge, .n_xattrs = 1 } },
                { { .path = "many", .mode = S_IFREG | 0644, .size = 9000, .xattrs = many, .n_xattrs = 16 } },
                { { .path = "dir", .mode = S_IFDIR | 0755, .xattrs = many, .n_xattrs = 16 } },
                { { .path = "dir/a",
                    .mode = S_IFLNK | 0777,
                    .symlink = "x",
                    .xattrs = many,
                    .n_xattrs = 4 } },
                { { .path = "dir/b", .mode = S_IFIFO | 0644, .xattrs = many, .n_xattrs = 2 } },
                { { .path = "dir2", .mode = S_IFDIR | 0755, .xattrs = many, .n_xattrs = 2 } },
                { { .path = "dir3", .mode = S_IFDIR | 0755 } },
                { { .path = "", .mode = S_IFDIR | 0755, .xattrs = &of_root, .n_xattrs = 1 } },
        };
        _cleanup_close_ int fd = new_file();
        ErofsWriter *w = new_writer(fd);

        fill(value, 3, 0, sizeof(value));
        for (size_t i = 0; i < ELEMENTSOF(many); i++) {
                (void) snprintf(names[i], sizeof(names[i]), "trusted.%zu", i);
                many[i] = (ErofsXattr) { names[i], value + i, 1500 + i * 37 };
        }
        add_all(w, all, ELEMENTSOF(all));
        finish(w);
        verify(fd, all, ELEMENTSOF(all), ELEMENTSOF(all) - 1);
}

static void check_at(int root, const char *path, uint8_t seed, uint64_t offset, size_t size) {
        _cleanup_close_ int fd = openat(root, path, O_RDONLY | O_CLOEXEC);
        uint8_t got[4096 * 3], wanted[sizeof(got)];

        assert_true(fd >= 0 && size <= sizeof(got));
        assert_int_equal(pread(fd, got, size, offset), size);
        fill(wanted, seed, offset, size);
        assert_memory_equal(got, wanted, size);
}

static void check_zero(int root, const char *path, uint64_t offset, size_t size) {
        _cleanup_close_ int fd = openat(root, path, O_RDONLY | O_CLOEXEC);
        uint8_t got[4096 * 3];
        static const uint8_t zeros[sizeof(got)];

        assert_true(fd >= 0 && size <= sizeof(got));
        assert_int_equal(pread(fd, got, size, offset), size);
        assert_memory_equal(got, zeros, size);
}

static void test_sparse(void **state) {
        const Expected all[] = {
                { { .path = "tib", .mode = S_IFREG | 0644, .size = TIB, .pieces = 4 } },
                { { .path = "hole", .mode = S_IFREG | 0644, .size = 123457, .pieces = 1 } },
                { { .path = "small", .mode = S_IFREG | 0644, .size = 20000, .pieces = 2 } },
                { { .path = "none", .mode = S_IFREG | 0644, .size = 0, .pieces = 1 } },
                { { .path = "full", .mode = S_IFREG | 0644, .size = 300 * MIB + 1, .pieces = 2 } },
                { { .path = "after", .mode = S_IFREG | 0644, .size = 777 }, .seed = 5 },
        };
        _cleanup_close_ int fd = new_file();
        ErofsWriter *w = new_writer(fd);
        uint64_t size = all[4].entry.size;

        add(w, &all[0]);
        put_pattern(w, 1, 5, 10, 10);
        put_pattern(w, 1, 17 * MIB - 100, 9000, 700);
        put_pattern(w, 1, TIB / 2 + 12345, 100, 100);
        put_pattern(w, 1, TIB - 1, 1, 1);
        add(w, &all[1]);
        add(w, &all[2]);
        put_pattern(w, 2, 4095, 2, 2);
        put_pattern(w, 2, 12288, 4096, 4096);
        add(w, &all[3]);
        add(w, &all[4]);
        put_pattern(w, 3, 100 * MIB, 2 * MIB, 10000);
        put_pattern(w, 3, size - 5000, 5000, 999);
        add(w, &all[5]);
        finish(w);
        assert_true(lseek(fd, 0, SEEK_END) < (off_t) (100 * MIB));
        assert_int_equal(incompatible_features(fd), 4); /* kernels before 5.15 must not mount it */
        verify(fd, all, ELEMENTSOF(all), ELEMENTSOF(all));

        _cleanup_close_ int root = mount_image(fd);
        if (root < 0)
                return;
        check_zero(root, "tib", 0, 5);
        check_at(root, "tib", 1, 5, 10);
        check_zero(root, "tib", 15, 4096);
        check_zero(root, "tib", 16 * MIB, 4096);
        check_zero(root, "tib", 17 * MIB - 200, 100);
        check_at(root, "tib", 1, 17 * MIB - 100, 9000);
        check_zero(root, "tib", 17 * MIB + 8900, 4096);
        check_zero(root, "tib", TIB / 4, 4096);
        check_at(root, "tib", 1, TIB / 2 + 12345, 100);
        check_zero(root, "tib", TIB - 4097, 4096);
        check_at(root, "tib", 1, TIB - 1, 1);
        check_zero(root, "hole", 123457 - 10000, 10000);
        check_zero(root, "small", 0, 4095);
        check_at(root, "small", 2, 4095, 2);
        check_zero(root, "small", 4097, 8191);
        check_at(root, "small", 2, 12288, 4096);
        check_zero(root, "small", 16384, 3616);
        check_zero(root, "full", 0, 4096);
        check_zero(root, "full", 100 * MIB - 4096, 4096);
        check_at(root, "full", 3, 100 * MIB, 8192);
        check_at(root, "full", 3, 102 * MIB - 4096, 4096);
        check_zero(root, "full", 102 * MIB, 4096);
        check_at(root, "full", 3, size - 5000, 5000);
}

/* Data that is left out of a file that is not sparse is zero as well. */
static void test_gaps(void **state) {
        const Expected all[] = {
                { { .path = "f", .mode = S_IFREG | 0644, .size = 20000 } },
                { { .path = "g", .mode = S_IFREG | 0644, .size = 100 } },
        };
        _cleanup_close_ int fd = new_file();
        ErofsWriter *w = new_writer(fd);

        for (size_t i = 0; i < ELEMENTSOF(all); i++)
                assert_int_equal(erofs_writer_add(w, &all[i].entry, NULL), 0);
        assert_int_equal(erofs_writer_data(w, 50, "x", 1), 0);
        finish(w);
        fsck(fd);

        _cleanup_close_ int root = mount_image(fd);
        if (root < 0)
                return;
        check_zero(root, "f", 0, 10000);
        check_zero(root, "f", 10000, 10000);
        check_zero(root, "g", 0, 50);
        check_zero(root, "g", 51, 49);
}

static void link_names(ErofsWriter *w, const char *path, const char *target) {
        _cleanup_free_ char *why = NULL;
        if (erofs_writer_link(w, path, target, &why) < 0)
                fail_msg("%s: %s", path, why ?: "-");
}

static void test_hard_links(void **state) {
        const Expected all[] = {
                { { .path = "a", .mode = S_IFREG | 0644, .size = 4100 }, .seed = 1, .nlink = 4 },
                { { .path = "b", .mode = S_IFREG | 0644, .size = 4100 }, .seed = 1, .nlink = 4 },
                { { .path = "d/c", .mode = S_IFREG | 0644, .size = 4100 }, .seed = 1, .nlink = 4 },
                { { .path = "d/e", .mode = S_IFREG | 0644, .size = 4100 }, .seed = 1, .nlink = 4 },
                { { .path = "s", .mode = S_IFLNK | 0777, .symlink = "a" }, .nlink = 2 },
                { { .path = "t", .mode = S_IFLNK | 0777, .symlink = "a" }, .nlink = 2 },
                { { .path = "survivor", .mode = S_IFREG | 0600, .size = 10 }, .seed = 7, .nlink = 1 },
                { { .path = "gone", .mode = S_IFREG | 0600, .size = 3 }, .seed = 8, .nlink = 1 },
        };
        _cleanup_close_ int fd = new_file();
        ErofsWriter *w = new_writer(fd);
        struct stat a, b;

        add(w, &all[0]);
        link_names(w, "b", "a");
        link_names(w, "d/c", "a");
        link_names(w, "d/e", "d/c");
        link_names(w, "a", "a"); /* nothing changes */
        add(w, &all[4]);
        link_names(w, "t", "s");
        /* A name is taken away from a file by something else that gets it. */
        add(w, &(Expected) { { .path = "dir/x", .mode = S_IFREG | 0600, .size = 10 }, .seed = 7 });
        link_names(w, "survivor", "dir/x");
        link_names(w, "gone", "survivor");
        add(w, &all[7]);
        add(w, &(Expected) { { .path = "dir", .mode = S_IFIFO | 0600 } });
        finish(w);
        verify(fd, all, ELEMENTSOF(all), ELEMENTSOF(all) + 2);

        _cleanup_close_ int root = mount_image(fd);
        if (root < 0)
                return;
        assert_int_equal(fstatat(root, "a", &a, 0), 0);
        assert_int_equal(fstatat(root, "d/e", &b, 0), 0);
        assert_int_equal(a.st_ino, b.st_ino);
}

/* Like most of its layer, and what makes an inode need all of its fields. */
static void test_compact(void **state) {
#define USUAL .mtime_sec = -1700000000, .mtime_nsec = 999999999
        static const ErofsXattr xattr = { "user.a", "value", 5 };
        const Expected all[] = {
                { { .path = "a", .mode = S_IFREG | 0644, .uid = 65535, .gid = 65535, USUAL, .size = 5000 },
                  .nlink = 3 },
                { { .path = "b", .mode = S_IFLNK | 0777, .symlink = "a", USUAL } },
                { { .path = "c", .mode = S_IFCHR | 0600, .rdev = makedev(1, 3), USUAL } },
                { { .path = "d", .mode = S_IFDIR | 0700, .xattrs = &xattr, .n_xattrs = 1, USUAL } },
                { { .path = "d/e",
                    .mode = S_IFREG | 04755,
                    .xattrs = &xattr,
                    .n_xattrs = 1,
                    .size = 1,
                    USUAL } },
                { { .path = "later",
                    .mode = S_IFREG | 0644,
                    .mtime_sec = -1699999999,
                    .mtime_nsec = 999999999 } },
                { { .path = "sooner",
                    .mode = S_IFREG | 0644,
                    .mtime_sec = -1700000000,
                    .mtime_nsec = 999999998 } },
                { { .path = "uid", .mode = S_IFREG | 0644, .uid = 65536, USUAL } },
                { { .path = "gid", .mode = S_IFREG | 0644, .gid = 65536, USUAL } },
                { { .path = "dir", .mode = S_IFDIR | 0755, .uid = 65536, USUAL } },
                { { .path = "large", .mode = S_IFREG | 0644, .size = TIB, .pieces = 1, USUAL } },
                { { .path = "x", .mode = S_IFREG | 0644, .uid = 65535, .gid = 65535, USUAL, .size = 5000 },
                  .nlink = 3 },
                { { .path = "y", .mode = S_IFREG | 0644, .uid = 65535, .gid = 65535, USUAL, .size = 5000 },
                  .nlink = 3 },
        };
#undef USUAL
        _cleanup_close_ int fd = new_file();
        ErofsWriter *w = new_writer(fd);

        add_all(w, all, ELEMENTSOF(all) - 3);
        assert_int_equal(erofs_writer_add(w, &all[ELEMENTSOF(all) - 3].entry, NULL), 0);
        link_names(w, "x", "a");
        link_names(w, "y", "x");
        finish(w);
        verify(fd, all, ELEMENTSOF(all), ELEMENTSOF(all));
}

/* A compact inode cannot have more than 65535 names, others can. */
static void test_many_names(void **state) {
        for (int64_t time = 0; time < 2; time++) {
                _cleanup_close_ int fd = new_file();
                ErofsWriter *w = new_writer(fd);
                char name[16];

                add(w, &(Expected) { { .path = "first", .mode = S_IFREG } });
                add(w, &(Expected) { { .path = "a", .mode = S_IFREG, .mtime_sec = time } });
                for (unsigned i = 0; i < 65535; i++) {
                        (void) snprintf(name, sizeof(name), "%u", i);
                        assert_int_equal(erofs_writer_link(w, name, "a", NULL), 0);
                }
                assert_int_equal(erofs_writer_finish(w, uuid), time == 0 ? -EMLINK : 0);
                erofs_writer_free(w);
        }
}

/* The last entry of a name wins, whatever both are. */
static void test_replacing(void **state) {
        const Expected all[] = {
                { { .path = "f", .mode = S_IFREG | 0600, .size = 10, .mtime_sec = 2 }, .seed = 2 },
                { { .path = "was-dir", .mode = S_IFREG | 0644, .size = 4096 }, .seed = 3 },
                { { .path = "was-file", .mode = S_IFDIR | 0750 }, .nlink = 2 },
                { { .path = "was-file/x", .mode = S_IFREG | 0644, .size = 2 }, .seed = 4 },
                { { .path = "twice", .mode = S_IFDIR | 0700, .uid = 5, .mtime_sec = 9 }, .nlink = 3 },
                { { .path = "twice/kept", .mode = S_IFDIR | 0755 }, .nlink = 2 },
                { { .path = "again", .mode = S_IFDIR | 0711 }, .nlink = 2 },
        };
        const ErofsXattr xattr = { "user.x", "y", 1 };
        _cleanup_close_ int fd = new_file();
        ErofsWriter *w = new_writer(fd);

        add(w, &(Expected) { { .path = "f", .mode = S_IFREG | 0644, .size = 9000 }, .seed = 1 });
        add(w, &all[0]);
        add(w, &(Expected) { { .path = "was-dir/with/much/below", .mode = S_IFREG | 0644, .size = 1 } });
        add(w, &(Expected) { { .path = "was-dir/with", .mode = S_IFDIR | 0700 } });
        add(w, &all[1]);
        add(w, &(Expected) { { .path = "was-file", .mode = S_IFLNK | 0777, .symlink = "/etc" } });
        add(w, &all[2]);
        add(w, &all[3]);
        add(w, &(Expected) { { .path = "twice", .mode = S_IFDIR | 0755, .xattrs = &xattr, .n_xattrs = 1 } });
        add(w, &all[5]);
        add(w, &all[4]);
        /* A directory that went and came back is a new one. */
        add(w, &(Expected) { { .path = "again/old", .mode = S_IFREG | 0644, .size = 1 } });
        add(w, &(Expected) { { .path = "again", .mode = S_IFREG | 0644, .size = 1 } });
        add(w, &all[6]);
        finish(w);
        verify(fd, all, ELEMENTSOF(all), ELEMENTSOF(all));
}

static void whiteout(ErofsWriter *w, const char *path) {
        assert_int_equal(erofs_writer_whiteout(w, path, NULL), 0);
}

static void test_whiteouts(void **state) {
        static const ErofsXattr opaque[] = { { "user.u", "1", 1 }, { "trusted.overlay.opaque", "y", 1 } };
        const Expected all[] = {
                { { .path = "gone", .mode = S_IFCHR, .rdev = 0 }, .nlink = 2 },
                { { .path = "d/gone", .mode = S_IFCHR, .rdev = 0 }, .nlink = 2 },
                { { .path = "file", .mode = S_IFREG | 0644, .size = 1 }, .seed = 1 },
                { { .path = "later", .mode = S_IFREG | 0644, .size = 2 }, .seed = 2 },
                { { .path = "dir", .mode = S_IFDIR | 0755, .xattrs = opaque + 1, .n_xattrs = 1 },
                  .nlink = 2 },
                { { .path = "implied", .mode = S_IFDIR | 0755, .xattrs = opaque + 1, .n_xattrs = 1 },
                  .nlink = 2 },
                { { .path = "implied/x", .mode = S_IFREG | 0644, .size = 2 }, .seed = 2 },
                { { .path = "opaque", .mode = S_IFDIR | 0711, .xattrs = opaque, .n_xattrs = 2 },
                  .nlink = 2 },
                { { .path = "", .mode = S_IFDIR | 0755, .xattrs = opaque + 1, .n_xattrs = 1 }, .nlink = 6 },
        };
        _cleanup_close_ int fd = new_file();
        ErofsWriter *w = new_writer(fd);

        whiteout(w, "gone");
        whiteout(w, "d/gone");
        add(w, &all[2]);
        whiteout(w, "file"); /* of the layers below, not of this one */
        whiteout(w, "later");
        add(w, &all[3]);
        add(w, &(Expected) { { .path = "dir", .mode = S_IFDIR | 0755 } });
        whiteout(w, "dir");
        whiteout(w, "implied");
        add(w, &all[6]);
        assert_int_equal(erofs_writer_opaque(w, "opaque", NULL), 0);
        add(w,
            &(Expected) { { .path = "opaque", .mode = S_IFDIR | 0711, .xattrs = opaque, .n_xattrs = 1 } });
        assert_int_equal(erofs_writer_opaque(w, "", NULL), 0);
        finish(w);
        verify(fd, all, ELEMENTSOF(all), 9);
}

/* Every refusal, each by a writer of its own. */
static void refused(const ErofsEntry *first, const ErofsEntry *e, int error, const char *reason,
                    ErofsWriterFlags flags) {
        _cleanup_(erofs_writer_freep) ErofsWriter *w = NULL;
        _cleanup_free_ char *why = NULL;

        assert_int_equal(erofs_writer_new(-EBADF, UINT64_MAX, flags, &w), 0);
        if (first)
                assert_int_equal(erofs_writer_add(w, first, NULL), 0);
        assert_int_equal(erofs_writer_add(w, e, &why), error);
        if (!reason)
                assert_null(why);
        else if (!why || !strstr(why, reason))
                fail_msg("the reason is \"%s\", not \"%s\"", why ?: "", reason);
}

static void test_refusals(void **state) {
        static char long_link[4097], value[65535];
        const ErofsEntry file = { .path = "f", .mode = S_IFREG | 0644 };
        const ErofsEntry dir = { .path = "f", .mode = S_IFDIR | 0755 };
        const ErofsEntry below = { .path = "f/x", .mode = S_IFREG | 0644 };
        const ErofsXattr large = { "user.x", value, 2900 };
        ErofsEntry link = { .path = "l", .mode = S_IFLNK | 0777, .symlink = "" };

        memset(long_link, 'a', 4096);
        refused(&file, &below, -ENOTDIR, "'f' in its name is not a directory", 0);
        refused(&file, &file, -EEXIST, "already", EROFS_UNIQUE);
        refused(&dir, &dir, -EEXIST, "already", EROFS_UNIQUE);
        refused(&file, &dir, -EEXIST, "already", EROFS_UNIQUE);
        refused(&dir, &file, -EEXIST, "already", EROFS_UNIQUE);
        refused(&below, &file, -EEXIST, "already", EROFS_UNIQUE);
        refused(NULL, &(ErofsEntry) { .path = "", .mode = S_IFREG }, -EISDIR, "root", 0);
        refused(NULL, &link, -EBADMSG, "1 to 4095 bytes, not 0", 0);
        link.symlink = long_link;
        refused(NULL, &link, -EBADMSG, "1 to 4095 bytes, not 4096", 0);
        refused(NULL, &(ErofsEntry) { .path = "f", .mode = S_IFREG, .size = 17 * TIB }, -EFBIG, "16 TiB", 0);
        refused(NULL, &(ErofsEntry) { .path = "f", .mode = S_IFREG, .uid = UINT32_MAX }, -EBADMSG, "owner",
                0);
        refused(NULL, &(ErofsEntry) { .path = "f", .mode = S_IFREG, .gid = UINT32_MAX }, -EBADMSG, "owner",
                0);
        refused(NULL, &(ErofsEntry) { .path = "f", .mode = S_IFREG, .mtime_nsec = 1000000000 }, -EINVAL,
                NULL, 0);
        refused(NULL, &(ErofsEntry) { .path = "f", .mode = 0644 }, -EINVAL, NULL, 0);
        refused(NULL, &(ErofsEntry) { .path = "../f", .mode = S_IFREG }, -EINVAL, NULL, 0);
        refused(NULL, &(ErofsEntry) { .path = "f/", .mode = S_IFREG }, -EINVAL, NULL, 0);

        const struct {
                ErofsXattr xattrs[2];
                size_t n;
                int error;
                const char *reason;
        } xattrs[] = {
                { { { "user.x", value, 65535 }, { "user.y", value, 5 } },
                  2,
                  -E2BIG,
                  "larger than 65536 bytes" },
                { { { "user.x", value, 65536 } }, 1, -E2BIG, "larger" },
                { { { "com.apple.quarantine", "", 0 } }, 1, -EOPNOTSUPP, "unknown namespace" },
                { { { "user.", "", 0 } }, 1, -EOPNOTSUPP, "unknown namespace" },
                { { { "system.posix_acl_access2", "", 0 } }, 1, -EOPNOTSUPP, "unknown namespace" },
        };
        for (size_t i = 0; i < ELEMENTSOF(xattrs); i++) {
                ErofsEntry e = {
                        .path = "f", .mode = S_IFREG, .xattrs = xattrs[i].xattrs, .n_xattrs = xattrs[i].n
                };
                refused(NULL, &e, xattrs[i].error, xattrs[i].reason, 0);
        }
        refused(NULL, &(ErofsEntry) { .mode = S_IFDIR, .path = "", .xattrs = &large, .n_xattrs = 1 }, -E2BIG,
                "root", 0);

        /* A directory that was only implied may still be said once. */
        _cleanup_(erofs_writer_freep) ErofsWriter *w = NULL;
        assert_int_equal(erofs_writer_new(-EBADF, UINT64_MAX, EROFS_UNIQUE, &w), 0);
        assert_int_equal(erofs_writer_add(w, &below, NULL), 0);
        assert_int_equal(erofs_writer_add(w, &dir, NULL), 0);
}

static void link_refused(const char *path, const char *target, int error, const char *reason) {
        _cleanup_(erofs_writer_freep) ErofsWriter *w = new_writer(-EBADF);
        _cleanup_free_ char *why = NULL;

        add(w, &(Expected) { { .path = "dir", .mode = S_IFDIR | 0755 } });
        add(w, &(Expected) { { .path = "file", .mode = S_IFREG | 0644 } });
        whiteout(w, "white");
        assert_int_equal(erofs_writer_link(w, path, target, &why), error);
        if (reason && (!why || !strstr(why, reason)))
                fail_msg("the reason is \"%s\", not \"%s\"", why ?: "", reason);
}

static void test_link_refusals(void **state) {
        link_refused("l", "nothing", -ENOLINK, "hard link to 'nothing'");
        link_refused("l", "l", -ENOLINK, "hard link to 'l'");
        link_refused("l", "dir", -ENOLINK, "hard link to 'dir'");
        link_refused("l", "", -ENOLINK, "hard link");
        link_refused("l", "white", -ENOLINK, "hard link to 'white'");
        link_refused("l", "file/x", -ENOLINK, "hard link");
        link_refused("file/l", "file", -ENOTDIR, "'file' in its name");
        link_refused("", "file", -EISDIR, "root");
        link_refused("l", "../file", -EINVAL, NULL);
        link_refused("/l", "file", -EINVAL, NULL);
}

static void test_data_refusals(void **state) {
        _cleanup_(erofs_writer_freep) ErofsWriter *w = new_writer(-EBADF);
        static const ErofsEntry file = { .path = "f", .mode = S_IFREG, .size = 5000 };

        assert_int_equal(erofs_writer_data(w, 0, "x", 1), -EINVAL); /* of which file? */
        assert_int_equal(erofs_writer_add(w, &file, NULL), 0);
        assert_int_equal(erofs_writer_data(w, 4999, "xy", 2), -EINVAL);
        assert_int_equal(erofs_writer_data(w, 5001, "", 0), -EINVAL);
        assert_int_equal(erofs_writer_data(w, UINT64_MAX, "xy", 2), -EINVAL);
        assert_int_equal(erofs_writer_data(w, 100, "xy", 2), 0);
        assert_int_equal(erofs_writer_data(w, 101, "x", 1), -EINVAL);
}

static void build_sample(int fd) {
        ErofsWriter *w = new_writer(fd);
        char name[32];

        for (unsigned i = 0; i < 3000; i++) {
                (void) snprintf(name, sizeof(name), "d%u/f%u", i % 70, i);
                ErofsEntry e = {
                        .path = name, .mode = S_IFREG | 0644, .size = i * 13 % 9000, .mtime_sec = i
                };
                add(w, &(Expected) { e, .seed = i });
                if (i % 10 == 0) {
                        char other[32];
                        (void) snprintf(other, sizeof(other), "l%u", i);
                        link_names(w, other, name);
                }
        }
        whiteout(w, "d3/white");
        finish(w);
}

static void same_bytes(int a, int b) {
        _cleanup_blob_ Blob x = {}, y = {};

        assert_int_equal(lseek(a, 0, SEEK_SET), 0);
        assert_int_equal(lseek(b, 0, SEEK_SET), 0);
        assert_int_equal(fd_read_blob(a, 1 << 30, &x), 0);
        assert_int_equal(fd_read_blob(b, 1 << 30, &y), 0);
        assert_int_equal(x.size, y.size);
        assert_memory_equal(x.data, y.data, x.size);
}

static void test_deterministic(void **state) {
        _cleanup_close_ int a = new_file(), b = new_file();

        build_sample(a);
        free(malloc(12345)); /* another heap */
        build_sample(b);
        same_bytes(a, b);
}

/* In large pieces data goes another way into the file, and more often to the disk. */
static void build_of_pieces(int fd, size_t piece) {
        ErofsWriter *w = new_writer(fd);

        for (unsigned i = 0; i < 20; i++) {
                char name[] = { 'a' + i, '\0' };
                ErofsEntry e = { .path = name, .mode = S_IFREG | 0644, .size = 1000000 + i };
                assert_int_equal(erofs_writer_add(w, &e, NULL), 0);
                put_pattern(w, i, 0, e.size, i % 2 == 0 ? piece : 1000);
        }
        finish(w);
}

static void test_pieces(void **state) {
        static const size_t pieces[] = { 32767, 32768, 32769, 131072, 150001 };
        _cleanup_close_ int one = new_file();

        build_of_pieces(one, 4096);
        for (size_t i = 0; i < ELEMENTSOF(pieces); i++) {
                _cleanup_close_ int other = new_file();
                build_of_pieces(other, pieces[i]);
                same_bytes(one, other);
        }
}

/* A file that takes ten blocks and a tail, in an image that has as much as `max`. */
static int build_limited(uint64_t max, size_t piece) {
        _cleanup_(erofs_writer_freep) ErofsWriter *w = NULL;
        static const uint8_t zeros[10 * 4096 + 1];
        int r = 0;

        assert_int_equal(erofs_writer_new(-EBADF, max, 0, &w), 0);
        assert_int_equal(erofs_writer_add(w,
                                          &(ErofsEntry) { .path = "f",
                                                          .mode = S_IFREG,
                                                          .size = sizeof(zeros) },
                                          NULL),
                         0);
        for (size_t at = 0; r >= 0 && at < sizeof(zeros); at += piece)
                r = erofs_writer_data(w, at, zeros + at, MIN(piece, sizeof(zeros) - at));
        return r < 0 ? r : erofs_writer_finish(w, uuid);
}

static void test_limit(void **state) {
        for (size_t piece = 1000; piece <= 50000; piece += 49000) {
                assert_int_equal(build_limited(UINT64_MAX, piece), 0);
                assert_int_equal(build_limited(13 * 4096, piece), 0); /* superblock, data, inode, footer */
                for (uint64_t max = 0; max < 13; max++)
                        assert_int_equal(build_limited(max * 4096, piece), -EFBIG);
        }
}

/* 1.02 times the data, 64 bytes an entry, the names. */
static void test_space(void **state) {
        _cleanup_close_ int fd = new_file();
        ErofsWriter *w = new_writer(fd);
        uint64_t data = 0, names = 0, entries = 4000;
        uint32_t random = 1;
        char name[32];

        for (unsigned i = 0; i < entries; i++) {
                random = random * 1664525 + 1013904223;
                uint64_t size = random >> 17; /* 16 KiB on average */
                names += snprintf(name, sizeof(name), "dir%u/name%u", i / 50, i);
                add(w, &(Expected) { { .path = name, .mode = S_IFREG | 0644, .size = size }, .seed = i });
                data += size;
        }
        finish(w);

        uint64_t size = lseek(fd, 0, SEEK_END);
        if (size > data * 102 / 100 + entries * 64)
                fail_msg("%llu bytes for %llu of data", (unsigned long long) size,
                         (unsigned long long) data);
}

/* What has no name in the end is in the image all the same, and what is behind the image disturbs nobody. */
static void test_attachment(void **state) {
        const Expected all[] = {
                { { .path = "a", .mode = S_IFREG | 0644, .size = 5000 }, .seed = 1, .nlink = 2 },
                { { .path = "b", .mode = S_IFREG | 0644, .size = 5000 }, .seed = 1, .nlink = 2 },
                { { .path = "twice", .mode = S_IFREG | 0644, .size = 9 }, .seed = 3 },
                { { .path = "link", .mode = S_IFLNK | 0777, .symlink = "a" } },
        };
        uint8_t bytes[10000], footer[8];
        _cleanup_close_ int fd = new_file();
        ErofsWriter *w = new_writer(fd);

        add(w, &all[0]);
        add(w, &(Expected) { { .mode = S_IFREG, .size = 70000 }, .seed = 4 });
        link_names(w, "b", "a");
        add(w, &(Expected) { { .path = "twice", .mode = S_IFREG | 0600, .size = 70000 }, .seed = 2 });
        add(w, &all[2]);
        add(w, &all[3]);
        add(w, &(Expected) { { .mode = S_IFREG } });
        assert_int_equal(erofs_writer_add(w, &(ErofsEntry) { .mode = S_IFIFO }, NULL), -EINVAL);

        fill(bytes, 5, 0, sizeof(bytes));
        assert_int_equal(erofs_writer_attach(w, bytes, 1), 0);
        assert_int_equal(erofs_writer_attach(w, NULL, 0), 0);
        assert_int_equal(erofs_writer_attach(w, bytes + 1, sizeof(bytes) - 1), 0);
        finish(w);
        verify(fd, all, ELEMENTSOF(all), ELEMENTSOF(all));

        uint64_t size = lseek(fd, 0, SEEK_END);
        assert_int_equal(size % 4096, 0);
        assert_int_equal(pread(fd, footer, sizeof(footer), size - 40), sizeof(footer));
        assert_memory_equal(footer, "gantry-\n", sizeof(footer));
}

static void test_write_error(void **state) {
        _cleanup_close_ int fd = open("/dev/full", O_RDWR | O_CLOEXEC);
        _cleanup_(erofs_writer_freep) ErofsWriter *w = new_writer(fd);

        assert_true(fd >= 0);
        assert_int_equal(erofs_writer_finish(w, uuid), -ENOSPC);
}

/* Last: says what this run could not do. */
static void test_everything_was_checked(void **state) {
        if (fsck_missing)
                print_message("# skipped: fsck.erofs is not installed (Debian: erofs-utils)\n");
        if (mount_refused)
                print_message("# skipped: images were not mounted in both ways, that takes root and a kernel that mounts files\n");
        if (fsck_missing || mount_refused)
                skip();
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_path_clean),
                cmocka_unit_test(test_empty),
                cmocka_unit_test(test_types),
                cmocka_unit_test(test_sizes),
                cmocka_unit_test(test_symlinks),
                cmocka_unit_test(test_directories),
                cmocka_unit_test(test_huge_directory),
                cmocka_unit_test(test_large_xattrs),
                cmocka_unit_test(test_sparse),
                cmocka_unit_test(test_gaps),
                cmocka_unit_test(test_hard_links),
                cmocka_unit_test(test_compact),
                cmocka_unit_test(test_many_names),
                cmocka_unit_test(test_replacing),
                cmocka_unit_test(test_whiteouts),
                cmocka_unit_test(test_refusals),
                cmocka_unit_test(test_link_refusals),
                cmocka_unit_test(test_data_refusals),
                cmocka_unit_test(test_deterministic),
                cmocka_unit_test(test_pieces),
                cmocka_unit_test(test_limit),
                cmocka_unit_test(test_space),
                cmocka_unit_test(test_attachment),
                cmocka_unit_test(test_write_error),
                cmocka_unit_test(test_everything_was_checked),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
