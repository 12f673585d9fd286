/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: reading ELF files, under any bytes.
 * Never: loads one.
 * Follows: elf/elf-file.h. */

#include "basic/strv.h"
#include "elf/elf-file.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_free_ char *why = NULL;
        _cleanup_elf_ ElfFile f = {};

        int r = elf_parse(data, size, &f, &why);
        fuzz_check(r == 0 || r == -EBADMSG || r == -EINVAL);
        fuzz_check((r < 0) == (why != NULL));
        fuzz_check(f.build_id_size <= ELF_BUILD_ID_MAX);
        STRV_FOREACH(name, f.needed)
                fuzz_check(**name != '\0' && strlen(*name) < size);
        return 0;
}
