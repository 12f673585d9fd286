/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: OpenPGP armor and PEM.
 * Never: takes a second block for the first; looks at headers or checksums; prints what it read.
 * Follows: RFC 9580 section 6.2, RFC 7468. */

#include "basic/base64.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "trust/armor.h"

#define HEADERS_MAX 16U
#define HEADER_MAX 1024U
#define LINE_LENGTH_MAX 4096U

#define BEGIN "-----BEGIN "
#define END "-----END "

/* The next line without its end and without blanks before that. False at the end of the text. */
static bool take_line(Cursor *text, Cursor *ret) {
        Cursor line, newline;

        if (text->n == 0)
                return false;

        const uint8_t *end = memchr(text->p, '\n', text->n);
        (void) cursor_take(text, end ? (size_t) (end - text->p) : text->n, &line);
        (void) cursor_take(text, end ? 1 : 0, &newline);
        while (line.n > 0 && strchr(" \t\r", line.p[line.n - 1]) && line.p[line.n - 1] != '\0')
                line.n--;

        *ret = line;
        return true;
}

static bool take_text(Cursor *line, const char *text) {
        Cursor head;
        return cursor_take(line, strlen(text), &head) && cursor_equal(head, text, strlen(text));
}

static bool begins(Cursor line, const char *prefix) {
        return take_text(&line, prefix);
}

/* "-----BEGIN LABEL-----" or "-----END LABEL-----" */
static bool is_boundary(Cursor line, const char *kind, const char *label) {
        return take_text(&line, kind) && take_text(&line, label) && cursor_equal(line, "-----", 5);
}

/* People put the wrong file there; tell them which it is. */
static int refuse_label(Cursor line, const char *label, char **reterr_why) {
        static const char private_key[] = "holds a private key; export the public one";
        static const struct {
                const char *label, *why;
        } known[] = {
                { "PGP PRIVATE KEY BLOCK", private_key },
                { "PRIVATE KEY", private_key },
                { "EC PRIVATE KEY", private_key },
                { "RSA PRIVATE KEY", private_key },
                { "ENCRYPTED PRIVATE KEY", private_key },
                { "ENCRYPTED COSIGN PRIVATE KEY", private_key },
                { "ENCRYPTED SIGSTORE PRIVATE KEY", private_key },
                { "CERTIFICATE", "holds a certificate, not a bare public key" },
                { "PGP PUBLIC KEY BLOCK", "is a public key, not a detached signature" },
                { "PGP SIGNED MESSAGE", "is a cleartext-signed message, not a detached signature" },
                { "PGP MESSAGE", "is an inline message, not a detached signature" },
        };

        for (size_t i = 0; i < ELEMENTSOF(known); i++)
                if (is_boundary(line, BEGIN, known[i].label))
                        return refuse(reterr_why, -EBADMSG, "%s", known[i].why);

        return refuse(reterr_why, -EBADMSG, "does not begin with '" BEGIN "%s-----'", label);
}

/* Takes the base64 lines up to and with the END line. */
static int take_block(Cursor *text, const char *label, bool has_checksum, Blob *ret, char **reterr_why) {
        Cursor line;
        size_t n = 0;
        bool checksum_seen = false;
        _cleanup_free_ char *joined = malloc(text->n + 1);
        if (!joined)
                return -ENOMEM;

        for (;;) {
                if (!take_line(text, &line))
                        return refuse(reterr_why, -EBADMSG, "has no '" END "%s-----' line", label);
                if (is_boundary(line, END, label))
                        break;
                if (line.n == 0 || line.n > LINE_LENGTH_MAX || checksum_seen)
                        return refuse(reterr_why, -EBADMSG,
                                      "has a line in its base64 that does not belong there");
                if (has_checksum && line.p[0] == '=' && line.n == 5) {
                        checksum_seen = true;
                        continue;
                }
                memcpy(joined + n, line.p, line.n);
                n += line.n;
        }

        int r = base64_decode(cursor_of(joined, n), ret);
        return r == -EBADMSG ? refuse(reterr_why, r, "is not proper base64") : r;
}

/* Passes over "Name: value" lines and the empty line behind them. */
static int skip_headers(Cursor *text, char **reterr_why) {
        Cursor line;

        for (size_t i = 0; i <= HEADERS_MAX && take_line(text, &line); i++) {
                if (line.n == 0)
                        return 0;
                if (line.n > HEADER_MAX || !memchr(line.p, ':', line.n))
                        break;
        }

        return refuse(reterr_why, -EBADMSG, "has no empty line between armor headers and base64");
}

int armor_decode(Cursor text, const char *label, Blob *ret, char **reterr_why) {
        _cleanup_blob_ Blob blob = {};
        Cursor line = {};
        int r;

        while (line.n == 0)
                if (!take_line(&text, &line))
                        return refuse(reterr_why, -EBADMSG, "is empty");
        if (!is_boundary(line, BEGIN, label))
                return refuse_label(line, label, reterr_why);

        r = skip_headers(&text, reterr_why);
        if (r < 0)
                return r;
        r = take_block(&text, label, /* has_checksum= */ true, &blob, reterr_why);
        if (r < 0)
                return r;

        while (take_line(&text, &line))
                if (line.n > 0)
                        return refuse(reterr_why, -EBADMSG, "goes on after its '" END "%s-----' line",
                                      label);

        *ret = TAKE_BLOB(blob);
        return 0;
}

int armor_or_binary(Cursor file, const char *label, Blob *ret, char **reterr_why) {
        if (file.n == 0 || file.p[0] < 0x80)
                return armor_decode(file, label, ret, reterr_why);

        void *copy = malloc(file.n);
        if (!copy)
                return -ENOMEM;

        *ret = (Blob) { .data = memcpy(copy, file.p, file.n), .size = file.n };
        return 0;
}

int pem_decode(Cursor text, const char *label, Blob *ret, char **reterr_why) {
        _cleanup_blob_ Blob blob = {};
        Cursor line = {};
        int r;

        while (!begins(line, BEGIN))
                if (!take_line(&text, &line))
                        return refuse(reterr_why, -EBADMSG, "has no '" BEGIN "%s-----' line", label);
        if (!is_boundary(line, BEGIN, label))
                return refuse_label(line, label, reterr_why);

        r = take_block(&text, label, /* has_checksum= */ false, &blob, reterr_why);
        if (r < 0)
                return r;

        while (take_line(&text, &line))
                if (begins(line, BEGIN))
                        return refuse(reterr_why, -EBADMSG, "holds more than one key; use one file a key");

        *ret = TAKE_BLOB(blob);
        return 0;
}
