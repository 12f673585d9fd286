/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/macro.h"

/* What archive-index says of an archive, in fields that each end with a NUL: first "plain" or "unpacked",
 * then "file" OFFSET SIZE NAME for every regular file and "link" TARGET NAME for every link, symbolic or
 * hard, in any order. Names are clean: no empty, "." or ".." components. */
#define ARCHIVE_MEMBERS_MAX 16384u
#define ARCHIVE_INDEX_MAX (4u * 1024 * 1024)

typedef struct ArchiveMember {
        const char *name;
        uint64_t offset, size; /* of its data; those of what it leads to if it is a link */
} ArchiveMember;

/* The members of an archive, in the order of their names. A link that leads nowhere is none. */
typedef struct ArchiveMembers {
        bool unpacked; /* the offsets are in the unpacked copy, not in the archive itself */
        ArchiveMember *items;
        size_t n_items;
        char *text; /* owned: where the names are */
} ArchiveMembers;

/* Believes nothing: every member is within the file it is said to be in, which has that many bytes; no name
 * is there twice. -EBADMSG and *reterr_why otherwise. */
int archive_members_parse(const void *data, size_t size, uint64_t archive_size, uint64_t unpacked_size,
                          ArchiveMembers **ret, char **reterr_why);
ArchiveMembers *archive_members_free(ArchiveMembers *m);
DEFINE_CLEANUP(ArchiveMembers, archive_members_free)
#define _cleanup_archive_members_ _cleanup_(archive_members_freep)

/* NULL if there is none of that name. */
const ArchiveMember *archive_members_find(const ArchiveMembers *m, const char *name);
