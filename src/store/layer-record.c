/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what has to read the whole of a layer. Apart from layer.c, for starting a pod does not.
 * Never: believes what an earlier reading found.
 * Follows: docs/STORE.md, "images/ID/layers". */

#include <sys/stat.h>

#include "basic/fd.h"
#include "store/layer.h"
#include "store/verity.h"

int layer_record(int fd, const Digest *id, const Digest *verity, LayerRecord *ret) {
        struct stat st;
        Digest found;

        if (fstat(fd, &st) < 0)
                return -errno;

        int r = verity ? 0 : verity_measure(fd, &found);
        if (r == -ENODATA)
                r = verity_compute(fd, &found);
        if (r < 0)
                return r;

        *ret = (LayerRecord) {
                .id = *id,
                .size = st.st_size,
                .verity = verity ? *verity : found,
                .inode = st.st_ino,
                .changed_nsec = stat_changed_nsec(&st),
        };
        return 0;
}

int layer_check_whole(int fd, const LayerRecord *expected) {
        Digest computed;

        int r = verity_compute(fd, &computed);
        return r < 0 ? r : digest_equal(&computed, &expected->verity) ? 0 : -EUCLEAN;
}
