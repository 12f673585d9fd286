/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: reading ELF files as far as the dynamic linker does to find libraries, and their build IDs.
 * Never: looks at sections, which are for the linker and may be missing; opens a file.
 * Follows: elf(5), ld.so(8); https://refspecs.linuxfoundation.org/elf/gabi4+/ch5.dynamic.html. */

#include <link.h>
#include <string.h>

#include "basic/cursor.h"
#include "basic/refuse.h"
#include "basic/strv.h"
#include "elf/elf-file.h"

#define HEADERS_MAX 128
#define NEEDED_MAX 256
#define STRING_LIMIT 4096

/* A file and its program headers, all of them within it. */
typedef struct Image {
        Cursor file, headers;
} Image;

/* The linker lets this be the header of the program that it is linked into: which kind of machine we are for. */
extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

void elf_file_done(ElfFile *f) {
        free(f->interpreter);
        strv_free(f->needed);
        free(f->search);
        *f = (ElfFile) {};
}

static bool take_part(Cursor whole, size_t offset, size_t size, Cursor *ret) {
        Cursor before;
        return cursor_take(&whole, offset, &before) && cursor_take(&whole, size, ret);
}

static bool take_struct(Cursor *c, void *ret, size_t size) {
        Cursor bytes;

        if (!cursor_take(c, size, &bytes))
                return false;

        memcpy(ret, bytes.p, size);
        return true;
}

static int read_header(Cursor file, ElfW(Ehdr) * ret, char **reterr_why) {
        const ElfW(Ehdr) *own = &__ehdr_start;

        if (file.n < SELFMAG || memcmp(file.p, ELFMAG, SELFMAG) != 0)
                return refuse(reterr_why, -EBADMSG, "not an ELF file");
        if (!take_struct(&file, ret, sizeof(*ret)))
                return refuse(reterr_why, -EBADMSG, "the ELF header is cut off");
        if (memcmp(ret->e_ident, own->e_ident, EI_VERSION + 1) != 0 || ret->e_machine != own->e_machine)
                return refuse(reterr_why, -EINVAL, "for another kind of machine: %u, and this one is %u",
                              ret->e_machine, own->e_machine);

        return 0;
}

static int read_image(Cursor file, Image *ret, char **reterr_why) {
        ElfW(Ehdr) header;
        Cursor headers;

        int r = read_header(file, &header, reterr_why);
        if (r < 0)
                return r;
        if (header.e_phentsize != sizeof(ElfW(Phdr)) || header.e_phnum == 0 || header.e_phnum > HEADERS_MAX)
                return refuse(reterr_why, -EBADMSG, "program headers: %u of %u bytes each", header.e_phnum,
                              header.e_phentsize);
        if (!take_part(file, header.e_phoff, header.e_phnum * sizeof(ElfW(Phdr)), &headers))
                return refuse(reterr_why, -EBADMSG, "the program headers are cut off");

        *ret = (Image) { file, headers };
        return 0;
}

/* What of the file is loaded from this address on. */
static bool find_address(const Image *image, ElfW(Addr) address, Cursor *ret) {
        Cursor headers = image->headers, segment;
        ElfW(Phdr) h;

        while (take_struct(&headers, &h, sizeof(h)))
                if (h.p_type == PT_LOAD && address >= h.p_vaddr && address - h.p_vaddr < h.p_filesz)
                        return take_part(image->file, h.p_offset, h.p_filesz, &segment) &&
                               take_part(segment, address - h.p_vaddr, h.p_filesz - (address - h.p_vaddr),
                                         ret);

        return false;
}

static int copy_string(Cursor strings, size_t offset, char **ret, char **reterr_why) {
        Cursor bytes;

        if (offset > strings.n || !take_part(strings, offset, strings.n - offset, &bytes))
                return refuse(reterr_why, -EBADMSG, "a string is not in the string table");

        size_t n = strnlen((const char *) bytes.p, bytes.n);
        if (n == 0 || n == bytes.n || n >= STRING_LIMIT)
                return refuse(reterr_why, -EBADMSG, "a string is empty or has no end");

        char *copy = strndup((const char *) bytes.p, n);
        if (!copy)
                return -ENOMEM;

        free(*ret);
        *ret = copy;
        return 0;
}

static int add_needed(ElfFile *f, Cursor strings, size_t offset, char **reterr_why) {
        _cleanup_free_ char *name = NULL;

        if (strv_length(f->needed) >= NEEDED_MAX)
                return refuse(reterr_why, -EBADMSG, "more than %d libraries are needed", NEEDED_MAX);

        int r = copy_string(strings, offset, &name, reterr_why);
        return r < 0 ? r : strv_add(&f->needed, name);
}

/* The string table may be named behind what refers to it. */
static int find_strings(const Image *image, Cursor dynamic, Cursor *ret, char **reterr_why) {
        ElfW(Addr) address = 0;
        size_t size = 0;
        ElfW(Dyn) d;
        Cursor rest;

        while (take_struct(&dynamic, &d, sizeof(d)) && d.d_tag != DT_NULL)
                if (d.d_tag == DT_STRTAB)
                        address = d.d_un.d_ptr;
                else if (d.d_tag == DT_STRSZ)
                        size = d.d_un.d_val;

        if (!find_address(image, address, &rest) || !cursor_take(&rest, size, ret))
                return refuse(reterr_why, -EBADMSG, "the string table is not in the file");

        return 0;
}

static int read_dynamic(const Image *image, Cursor dynamic, ElfFile *f, char **reterr_why) {
        bool runpath = false;
        Cursor strings;
        ElfW(Dyn) d;

        int r = find_strings(image, dynamic, &strings, reterr_why);
        while (r >= 0 && take_struct(&dynamic, &d, sizeof(d)) && d.d_tag != DT_NULL) {
                if (d.d_tag == DT_NEEDED)
                        r = add_needed(f, strings, d.d_un.d_val, reterr_why);
                else if (d.d_tag == DT_RUNPATH || (d.d_tag == DT_RPATH && !runpath))
                        r = copy_string(strings, d.d_un.d_val, &f->search, reterr_why);
                runpath = runpath || d.d_tag == DT_RUNPATH;
        }

        return r;
}

static size_t padding(size_t size, size_t alignment) {
        return -size & (alignment - 1);
}

/* Notes of other kinds are passed over, and so is what is no note. */
static void read_notes(Cursor notes, size_t alignment, ElfFile *f) {
        Cursor name, id, skipped;
        ElfW(Nhdr) n;

        while (take_struct(&notes, &n, sizeof(n)) && cursor_take(&notes, n.n_namesz, &name) &&
               cursor_take(&notes, padding(n.n_namesz, alignment), &skipped) &&
               cursor_take(&notes, n.n_descsz, &id)) {
                if (n.n_type == NT_GNU_BUILD_ID && cursor_equal(name, ELF_NOTE_GNU, sizeof(ELF_NOTE_GNU)) &&
                    id.n > 0 && id.n <= ELF_BUILD_ID_MAX) {
                        memcpy(f->build_id, id.p, id.n);
                        f->build_id_size = id.n;
                        return;
                }
                if (!cursor_take(&notes, padding(n.n_descsz, alignment), &skipped))
                        return;
        }
}

static int read_segment(const Image *image, const ElfW(Phdr) * h, ElfFile *f, char **reterr_why) {
        Cursor bytes;

        if (h->p_type != PT_INTERP && h->p_type != PT_DYNAMIC && h->p_type != PT_NOTE)
                return 0;
        if (!take_part(image->file, h->p_offset, h->p_filesz, &bytes))
                return refuse(reterr_why, -EBADMSG, "segment of type %u is cut off", h->p_type);

        switch (h->p_type) {
        case PT_INTERP: return copy_string(bytes, 0, &f->interpreter, reterr_why);
        case PT_DYNAMIC: return read_dynamic(image, bytes, f, reterr_why);
        default:
                if (f->build_id_size == 0)
                        read_notes(bytes, h->p_align == 8 ? 8 : 4, f);
                return 0;
        }
}

int elf_parse(const void *data, size_t size, ElfFile *ret, char **reterr_why) {
        _cleanup_elf_ ElfFile f = {};
        ElfW(Phdr) h;
        Image image = {};

        int r = read_image(cursor_of(data, size), &image, reterr_why);
        if (r < 0)
                return r;
        for (Cursor c = image.headers; r >= 0 && take_struct(&c, &h, sizeof(h));)
                r = read_segment(&image, &h, &f, reterr_why);
        if (r < 0)
                return r;

        *ret = f;
        f = (ElfFile) {};
        return 0;
}
