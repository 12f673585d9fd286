/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

#define ELF_BUILD_ID_MAX 64

/* What the dynamic linker goes by in a program or library. Nothing is loaded or executed to find it out. */
typedef struct ElfFile {
        char *interpreter; /* of a program; NULL for a library */
        char **needed;     /* in the order they are loaded in */
        char *search; /* where these are looked for first, as DIR:DIR; DT_RUNPATH, else DT_RPATH; or NULL */
        uint8_t build_id[ELF_BUILD_ID_MAX];
        size_t build_id_size; /* 0: it has none */
} ElfFile;

/* -EBADMSG: it is no ELF file or a damaged one. -EINVAL: it is for another kind of machine than this program is. */
int elf_parse(const void *data, size_t size, ElfFile *ret, char **reterr_why);
void elf_file_done(ElfFile *f);
#define _cleanup_elf_ _cleanup_(elf_file_done)
