/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: feeding a fuzz target with every file below the directories given, where there is no libFuzzer.
 * Never: outlives a bad file, whose name is the last that it has printed.
 * Follows: TAP 12. */

#include <err.h>
#include <fcntl.h>
#include <fts.h>
#include <sys/stat.h>

#include "basic/blob.h"
#include "basic/fd.h"
#include "fuzz.h"

#define FILE_MAX (8U * 1024U * 1024U)

static int compare_names(const FTSENT **a, const FTSENT **b) {
        return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* The target gets bytes without the NUL that file_read_at() puts behind them, so that reading too far is
 * seen. */
static void eat(const char *path) {
        _cleanup_blob_ Blob file = {};

        int r = file_read_at(AT_FDCWD, path, FILE_MAX, &file);
        if (r < 0) {
                errno = -r;
                err(EXIT_FAILURE, "Cannot read '%s'", path);
        }

        _cleanup_free_ uint8_t *bytes = malloc(MAX(file.size, (size_t) 1));
        fuzz_check(bytes);
        memcpy(bytes, file.data, file.size);
        (void) LLVMFuzzerTestOneInput(bytes, file.size);
}

int main(int argc, char *argv[]) {
        size_t n = 0;

        if (argc < 2)
                errx(EXIT_FAILURE, "Usage: %s DIRECTORY…", argv[0]);

        FTS *tree = fts_open(argv + 1, FTS_PHYSICAL | FTS_NOCHDIR, compare_names);
        if (!tree)
                err(EXIT_FAILURE, "Cannot open '%s'", argv[1]);

        for (FTSENT *e = fts_read(tree); e; e = fts_read(tree)) {
                if (e->fts_info == FTS_NS || e->fts_info == FTS_DNR || e->fts_info == FTS_ERR)
                        errx(EXIT_FAILURE, "Cannot read '%s': %s", e->fts_path, strerror(e->fts_errno));
                if (e->fts_info != FTS_F)
                        continue;

                printf("# %s\n", e->fts_path);
                fflush(stdout);
                eat(e->fts_path);
                printf("ok %zu - %s\n", ++n, e->fts_path);
        }
        fts_close(tree);

        printf("1..%zu\n", n);
        return n == 0;
}
