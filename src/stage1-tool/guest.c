/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: which kernel virtual machines boot, which modules it needs for that, and what else is in their first root.
 * Never: takes a module that no pod would use.
 * Follows: docs/STAGE1.md, "Virtual machines"; gantry.conf(5). */

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "basic/fd.h"
#include "basic/process.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "elf/elf-file.h"
#include "stage1-tool/gather.h"
#include "stage1-tool/kernel.h"
#include "stage1-tool/modules.h"
#include "stage1/host.h"
#include "stage1/kernel-setting.h"

#define PROGRAM_LIMIT ((size_t) 64 * 1024 * 1024)

/* In the order in which they are loaded. */
static const struct {
        const char *name;
        const char *first; /* is asked for by name when the other is loaded, where it is a module: modules.dep does not have it */
} features
                [] = {
                        { "virtio_mmio", NULL },
                        { "virtio_pci", NULL }, /* for more devices than there are places for */
                        { "virtio_blk", NULL },
                        { "virtio_console", NULL },
                        { "erofs", "crc32c_generic" },
                        { "overlay", NULL },
                        { "virtiofs", NULL },         /* volumes */
                        { "virtio_net", NULL },       /* networks */
                        { "ext4", "crc32c_generic" }, /* --rw-size= */
                        { "virtio_balloon", NULL },
                };

typedef struct Guest {
        int root_fd;
        Kernel kernel;
        Modules modules;
        char **files; /* of the modules, each once */
        char *list;   /* a line a feature: its name, and its modules in the order in which they are loaded */
} Guest;

#define GUEST_NULL                                                                                          \
        (Guest) {                                                                                           \
                .root_fd = -EBADF, .kernel = KERNEL_NULL                                                    \
        }

static void guest_done(Guest *g) {
        kernel_done(&g->kernel);
        modules_done(&g->modules);
        strv_free(g->files);
        free(g->list);
}

/* "virtio_blk.ko", whatever it is packed by. */
static int module_name(const char *path, char **ret) {
        const char *slash = strrchr(path, '/'), *file = slash ? slash + 1 : path;
        const char *suffix = strstr(file, ".ko");

        return suffix ? str_printf(ret, "%.*s.ko", (int) (suffix - file), file) : -EBADMSG;
}

static int list_files(Guest *g, FILE *list, char *const *files) {
        int r = 0;

        STRV_FOREACH(file, files) {
                _cleanup_free_ char *name = NULL;

                if (r >= 0)
                        r = module_name(*file, &name);
                if (r >= 0)
                        fprintf(list, " %s", name);
                if (r >= 0 && !strv_contains(g->files, *file))
                        r = strv_add(&g->files, *file);
        }

        return r;
}

static int list_module(Guest *g, FILE *list, const char *name) {
        _cleanup_strv_ char **files = NULL;

        int r = modules_find(&g->modules, name, &files);
        return r < 0 ? r : list_files(g, list, files);
}

static int list_feature(Guest *g, FILE *list, size_t i, char **reterr_why) {
        fputs(features[i].name, list);
        int r = features[i].first ? list_module(g, list, features[i].first) : 0;
        if (r >= 0 || r == -ENOENT)
                r = list_module(g, list, features[i].name);
        if (r == -ENOENT)
                return refuse(reterr_why, r, "kernel '%s' has neither module nor built-in '%s'",
                              g->kernel.release, features[i].name);

        fputc('\n', list);
        return r;
}

static int list_modules(Guest *g, char **reterr_why) {
        size_t size;
        int r = 0;

        FILE *list = open_memstream(&g->list, &size);
        if (!list)
                return -ENOMEM;

        for (size_t i = 0; r >= 0 && i < ELEMENTSOF(features); i++)
                r = list_feature(g, list, i, reterr_why);

        return fclose(list) != 0 && r >= 0 ? -ENOMEM : r;
}

/* Whether a kernel has all that is needed. It is the first of the sources. */
static int try_kernel(int root_fd, const char *path, Current *ret_sources, Guest *ret, char **reterr_why) {
        _cleanup_(guest_done) Guest g = GUEST_NULL;
        _cleanup_current_ Current c = {};

        g.root_fd = root_fd;
        int r = kernel_open(root_fd, path, &g.kernel, reterr_why);
        if (r >= 0)
                r = current_add_source(&c, path, g.kernel.fd);
        if (r >= 0)
                r = modules_load(root_fd, g.kernel.release, &c, &g.modules, reterr_why);
        if (r >= 0)
                r = list_modules(&g, reterr_why);
        if (r < 0)
                return r;

        *ret_sources = c;
        c = (Current) {};
        *ret = g;
        g = GUEST_NULL;
        return 0;
}

/* Another kernel in one of them may be a newer one. */
static int note_directories(int root_fd, Current *sources) {
        int r = 0;

        for (const char *const *d = stage1_kernel_directories; *d && r >= 0; d++) {
                _cleanup_close_ int fd = host_open(root_fd, *d, O_PATH | O_DIRECTORY);
                if (fd >= 0)
                        r = current_add_source(sources, *d, fd);
        }

        return r;
}

/* If none is suitable, what is said is what the newest lacks. */
static int choose_kernel(int root_fd, Current *sources, Guest *ret, char **reterr_why) {
        _cleanup_strv_ char **paths = NULL;
        _cleanup_free_ char *first_why = NULL;

        int r = kernel_list(root_fd, &paths);
        if (r < 0)
                return r;

        r = refuse(&first_why, -ENODEV, "this host has no kernel in '/boot' or '/usr/lib/modules'");
        STRV_FOREACH(path, paths) {
                _cleanup_free_ char *why = NULL;

                int k = try_kernel(root_fd, *path, sources, ret, &why);
                if (k >= 0 || k == -ENOMEM)
                        return k < 0 ? k : note_directories(root_fd, sources);
                if (path == paths) {
                        r = k;
                        free(first_why);
                        first_why = TAKE_PTR(why);
                }
        }

        return refuse(reterr_why, r, "%s", first_why ? first_why : strerror(-r));
}

static int find_kernel(int root_fd, Current *sources, Guest *ret, char **reterr_why) {
        _cleanup_free_ char *wanted = NULL;

        int r = kernel_setting_load(&wanted, reterr_why);
        if (r < 0)
                return r;

        return wanted ? try_kernel(root_fd, wanted, sources, ret, reterr_why)
                      : choose_kernel(root_fd, sources, ret, reterr_why);
}

static int add_module(const Guest *g, Contents *c, Current *sources, const char *file, char **reterr_why) {
        _cleanup_free_ char *path = NULL, *name = NULL, *target = NULL;
        _cleanup_blob_ Blob data = {};

        int r = str_printf(&path, "%s/%s", g->modules.directory, file);
        if (r >= 0)
                r = module_name(file, &name);
        if (r >= 0)
                r = str_printf(&target, "modules/%s", name);
        if (r < 0)
                return r;

        _cleanup_close_ int fd = module_read(g->root_fd, path, g->modules.signed_only, &data, reterr_why);
        r = fd < 0 ? fd : current_add_source(sources, path, fd);
        return r < 0 ? r : contents_add_file(c, target, 0400, &data);
}

static int add_modules(const Guest *g, Contents *c, Current *sources, char **reterr_why) {
        int r = contents_add_directory(c, "modules", 0700);

        if (r >= 0)
                r = contents_add_text(c, "modules/list", g->list);
        STRV_FOREACH(file, g->files)
                if (r >= 0)
                        r = add_module(g, c, sources, *file, reterr_why);

        return r;
}

/* There is no dynamic linker in there. */
static int check_static(const char *path, const Blob *program, char **reterr_why) {
        _cleanup_elf_ ElfFile elf = {};
        _cleanup_free_ char *why = NULL;

        int r = elf_parse(program->data, program->size, &elf, &why);
        if (r < 0)
                return refuse(reterr_why, r, "'%s' cannot be used: %s", path, why ? why : strerror(-r));

        return elf.interpreter ? refuse(reterr_why, -EINVAL, "'%s' is not linked statically", path) : 0;
}

static int add_program(Contents *c, const char *name, const char *target, char **reterr_why) {
        _cleanup_free_ char *path = NULL;
        _cleanup_blob_ Blob program = {};

        int r = program_path(name, &path);
        if (r < 0)
                return r;

        r = file_read_at(AT_FDCWD, path, PROGRAM_LIMIT, &program);
        if (r < 0)
                return refuse(reterr_why, r, "'%s' cannot be used: %s", path, strerror(-r));

        r = check_static(path, &program, reterr_why);
        return r < 0 ? r : contents_add_file(c, target, 0755, &program);
}

static int add_programs(Contents *c, char **reterr_why) {
        int r = add_program(c, "gantry-guest", "init", reterr_why);

        if (r >= 0)
                r = contents_add_directory(c, "gantry", 0755);
        if (r >= 0)
                r = add_program(c, "gantry-init", "gantry/init", reterr_why);

        return r;
}

int gather_guest(int root_fd, Contents *c, Current *sources, char **ret_version, char **reterr_why) {
        _cleanup_(guest_done) Guest g = GUEST_NULL;

        int r = find_kernel(root_fd, sources, &g, reterr_why);
        if (r >= 0)
                r = add_programs(c, reterr_why);
        if (r >= 0)
                r = add_modules(&g, c, sources, reterr_why);
        if (r < 0)
                return r;

        *ret_version = TAKE_PTR(g.kernel.release);
        return 0;
}
