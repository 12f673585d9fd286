/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: which of the kernel's modules are loaded.
 * Never: looks for one, or for what it depends on: who has made the archive knows that.
 * Follows: pod/guest-config.h; finit_module(2). */

#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "guest/modules.h"
#include "pod/guest-config.h"

#define LIST_MAX ((size_t) 64 * 1024)

static bool is_needed(const GuestConfig *c, const char *feature) {
        const struct {
                const char *feature;
                bool needed;
        } features[] = {
                { "virtio_mmio", !c->pci },
                { "virtio_pci", c->pci },
                { "virtio_blk", true },
                { "virtio_console", true },
                { "erofs", true },
                { "overlay", true },
                { "virtiofs", c->volumes },
                { "ext4", c->rw_disk != NULL },
                { "virtio_net", c->network },
        };

        for (size_t i = 0; i < ELEMENTSOF(features); i++)
                if (streq(feature, features[i].feature))
                        return features[i].needed;

        return false;
}

/* Some are of several features, and to find that out takes the kernel as long as to load one. Some, which only make others faster, know
 * that this processor is not for them. */
static int load(const char *name, char **reterr_why) {
        static char **loaded;
        _cleanup_free_ char *path = NULL;

        if (strv_contains(loaded, name))
                return 0;
        int r = strv_add(&loaded, name);
        if (r >= 0)
                r = str_printf(&path, GUEST_MODULES "/%s", name);
        if (r < 0)
                return r;
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd >= 0 && (syscall(SYS_finit_module, fd, "", 0) >= 0 || errno == ENODEV))
                return 0;

        r = -errno;
        return refuse(reterr_why, r, "Cannot load the module '%s' of the guest's kernel: %s", name,
                      strerror(-r));
}

/* "erofs crc32c-intel.ko libcrc32c.ko erofs.ko" */
static int load_line(const GuestConfig *c, const char *late, char *line, char **reterr_why) {
        const char *feature = strsep(&line, " ");
        int r = 0;

        if (late ? !streq(feature, late) : !is_needed(c, feature))
                return 0;
        for (char *name; r >= 0 && (name = strsep(&line, " "));)
                if (name[0])
                        r = load(name, reterr_why);

        return r;
}

static int load_list(const GuestConfig *c, const char *late, char **reterr_why) {
        _cleanup_blob_ Blob list = {};

        int r = file_read_at(AT_FDCWD, GUEST_MODULES "/" GUEST_MODULE_LIST, LIST_MAX, &list);
        if (r < 0)
                return refuse(reterr_why, r, "Cannot read the list of the kernel's modules: %s",
                              strerror(-r));

        for (char *rest = list.data, *line; r >= 0 && (line = strsep(&rest, "\n"));)
                r = load_line(c, late, line, reterr_why);
        return r;
}

int modules_load(const GuestConfig *c, char **reterr_why) {
        return load_list(c, /* late= */ NULL, reterr_why);
}

/* Their files are memory of the guest's as well. */
void modules_load_late(void) {
        (void) load_list(/* c= */ NULL, "virtio_balloon", /* reterr_why= */ NULL);
        (void) remove_tree_at(AT_FDCWD, GUEST_MODULES);
}
