/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: which kernels a host has, and what is said of itself by one.
 * Never: knows what a kernel has to have.
 * Follows: the kernel's Documentation/arch/x86/boot.rst; the Boot Loader Specification and kernel-install(8) for the places. */

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "stage1-tool/kernel.h"
#include "stage1/host.h"
#include "stage1/kernel-setting.h"
#include "stage1/versions.h"

#define NAME "vmlinuz"

/* The setup header, and where in it is said where the text is that begins with the release. */
#define SETUP_LIMIT ((size_t) 0x10400)
#define SETUP_MAGIC_AT 0x202
#define SETUP_VERSION_AT 0x20e
#define SETUP_VERSION_BASE 0x200

void kernel_done(Kernel *k) {
        free(k->path);
        free(k->release);
        fd_close(k->fd);
        *k = KERNEL_NULL;
}

static int parse_release(const uint8_t *setup, size_t size, char **ret) {
        if (size < SETUP_VERSION_AT + 2 || memcmp(setup + SETUP_MAGIC_AT, "HdrS", 4) != 0)
                return -EBADMSG;

        size_t at = SETUP_VERSION_BASE + (setup[SETUP_VERSION_AT] | setup[SETUP_VERSION_AT + 1] << 8);
        if (at >= size)
                return -EBADMSG;
        _cleanup_free_ char *text = strndup((const char *) setup + at, MIN(size - at, STAGE1_VERSION_MAX));
        if (!text)
                return -ENOMEM;

        text[strcspn(text, " ")] = '\0';
        if (!stage1_version_is_valid(text))
                return -EBADMSG;
        *ret = TAKE_PTR(text);
        return 0;
}

static int read_release(int fd, char **ret) {
        _cleanup_free_ uint8_t *setup = malloc(SETUP_LIMIT);
        if (!setup)
                return -ENOMEM;

        ssize_t n = fd_read_full(fd, setup, SETUP_LIMIT);
        return n < 0 ? (int) n : parse_release(setup, n, ret);
}

int kernel_open(int root_fd, const char *path, Kernel *ret, char **reterr_why) {
        _cleanup_kernel_ Kernel k = { .fd = host_open_file(root_fd, path) };

        int r = k.fd < 0 ? k.fd : str_copy(path, &k.path);
        if (r >= 0)
                r = read_release(k.fd, &k.release);
        if (r < 0)
                return refuse(reterr_why, r, "'%s' cannot be booted: %s", path,
                              r == -EBADMSG ? "no Linux kernel of the kind called bzImage" : strerror(-r));

        *ret = k;
        k = KERNEL_NULL;
        return 0;
}

/* "vmlinuz-RELEASE" in /boot, "RELEASE/vmlinuz" beside the modules. */
static int add(int root_fd, const char *directory, const char *name, char ***paths) {
        _cleanup_free_ char *path = NULL;

        int r = startswith(name, NAME "-") ? str_printf(&path, "%s/%s", directory, name)
                                           : str_printf(&path, "%s/%s/" NAME, directory, name);
        _cleanup_close_ int fd = r < 0 ? r : host_open_file(root_fd, path);

        return r < 0 ? r : fd < 0 ? 0 : strv_add(paths, path);
}

static int add_all(int root_fd, const char *directory, char ***paths) {
        _cleanup_closedir_ DIR *d = NULL;
        int r;

        _cleanup_close_ int fd = host_open(root_fd, directory, O_RDONLY | O_DIRECTORY);
        if (fd < 0)
                return fd == -ENOENT ? 0 : fd;

        r = dir_stream_at(fd, ".", &d);
        for (struct dirent *entry; r >= 0 && (entry = readdir(d));)
                if (entry->d_name[0] != '.')
                        r = add(root_fd, directory, entry->d_name, paths);

        return r;
}

/* What the path says of the release. */
static const char *release_of(const char *path, char buffer[STAGE1_VERSION_MAX]) {
        const char *in_boot = strstr(path, "/" NAME "-"), *suffix = endswith(path, "/" NAME);

        if (in_boot)
                return in_boot + strlen("/" NAME "-");

        size_t size = suffix - path;
        const char *slash = memrchr(path, '/', size);
        (void) snprintf(buffer, STAGE1_VERSION_MAX, "%.*s", (int) (path + size - slash - 1), slash + 1);
        return buffer;
}

static int compare(const void *a, const void *b) {
        char buffer_a[STAGE1_VERSION_MAX], buffer_b[STAGE1_VERSION_MAX];
        const char *path_a = *(char *const *) a, *path_b = *(char *const *) b;

        return -strverscmp(release_of(path_a, buffer_a), release_of(path_b, buffer_b));
}

int kernel_list(int root_fd, char ***ret) {
        _cleanup_strv_ char **paths = NULL;
        int r = 0;

        for (const char *const *d = stage1_kernel_directories; *d && r >= 0; d++)
                r = add_all(root_fd, *d, &paths);
        if (r < 0)
                return r;

        if (paths)
                qsort(paths, strv_length(paths), sizeof(*paths), compare);
        *ret = TAKE_PTR(paths);
        return 0;
}
