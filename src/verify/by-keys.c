/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: verification with files and keys named on the command line.
 * Never: reads the trust rules or the store.
 * Follows: gantry-verify(1). */

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "basic/cli.h"
#include "basic/fd.h"
#include "basic/log.h"
#include "basic/process.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "trust/cosign.h"
#include "trust/openpgp-signature.h"
#include "verify/by-keys.h"
#include "verify/judge.h"
#include "verify/record.h"

/* Makes room for the one signature there is. */
static int new_signature(Evidence *e, TrustSignatureKind kind, const char *source, StoredSignature **ret) {
        e->signatures = calloc(1, sizeof(StoredSignature));
        if (!e->signatures)
                return -ENOMEM;
        e->n_signatures = 1;
        e->signatures[0].kind = kind;
        *ret = &e->signatures[0];

        return str_copy(source, &e->signatures[0].source);
}

int by_keys_open(const char *document, const char *signature, Evidence *ret) {
        _cleanup_evidence_ Evidence e = EVIDENCE_NULL;
        _cleanup_free_ char *beside = NULL;
        StoredSignature *s;

        int r = str_printf(&beside, "%s.asc", document);
        if (r >= 0)
                r = str_copy(document, &e.text);
        if (r >= 0)
                r = new_signature(&e, TRUST_SIGNATURE_OPENPGP, signature ? signature : beside, &s);
        if (r < 0)
                return r;

        e.document = open(document, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        if (e.document < 0)
                return log_error_errno(errno, "Cannot open '%s': %m", document);
        e.is_file = true;
        r = file_read_at(AT_FDCWD, s->source, OPENPGP_SIGNATURE_SIZE_MAX, &s->signature);
        if (r < 0 && (signature || r != -ENOENT))
                return log_error_errno(r, "Cannot read the signature '%s': %m", s->source);
        if (r < 0)
                e.n_signatures = 0;

        *ret = e;
        e = EVIDENCE_NULL;
        return 0;
}

/* JSON is a bundle; OpenPGP packets begin with no ASCII. */
static TrustSignatureKind guess_kind(const Blob *signature) {
        const char *text = signature->data;

        return text[strspn(text, " \t\r\n")] == '{' ? TRUST_SIGNATURE_BUNDLE : TRUST_SIGNATURE_SIMPLE;
}

static int read_payload(const ByKeys *b, StoredSignature *s) {
        int r = file_read_at(AT_FDCWD, b->payload, COSIGN_PAYLOAD_MAX, &s->payload);
        if (r < 0)
                return log_error_errno(r, "Cannot read the payload '%s': %m", b->payload);

        /* A file of text ends in a newline, an annotation does not. */
        char *text = s->signature.data, *end = strchr(text, '\0');
        while (end > text && strchr("\r\n", end[-1]))
                *--end = '\0';
        return 0;
}

/* The signature of an OCI image. */
static int open_image(const ByKeys *b, Evidence *e) {
        StoredSignature *s;

        int r = digest_parse(b->digest, &e->digests[0]);
        if (r < 0)
                return log_error_errno(r,
                                       "Cannot use '%s' as a digest: it must be sha256: and 64 hex digits",
                                       b->digest);
        e->n_digests = 1;
        if (!b->signature)
                return log_error_errno(-EINVAL, "--digest= needs --signature=");

        r = str_copy(b->digest, &e->text);
        if (r >= 0)
                r = new_signature(e, TRUST_SIGNATURE_COSIGN, b->signature, &s);
        if (r < 0)
                return r;

        r = file_read_at(AT_FDCWD, b->signature, stored_signature_limit(TRUST_SIGNATURE_SIMPLE),
                         &s->signature);
        if (r < 0)
                return log_error_errno(r, "Cannot read the signature '%s': %m", b->signature);
        if (b->payload)
                return read_payload(b, s);

        s->kind = guess_kind(&s->signature);
        return 0;
}

static int read_keys(char *const *paths, Policy *ret) {
        _cleanup_policy_ Policy p = {};

        p.keys = calloc(strv_length(paths), sizeof(KeyFile));
        if (!p.keys)
                return -ENOMEM;
        STRV_FOREACH(path, paths) {
                KeyFile *k = &p.keys[p.n_keys++];

                int r = str_copy(*path, &k->path);
                if (r >= 0)
                        r = file_read_at(AT_FDCWD, *path, TRUST_KEY_SIZE_MAX, &k->data);
                if (r < 0)
                        return log_error_errno(r, "Cannot read the key '%s': %m", *path);
        }

        *ret = p;
        p = (Policy) {};
        return 0;
}

static int set_name(const char *text, Evidence *e) {
        _cleanup_free_ char *why = NULL;

        int r = reference_parse(text, &e->reference, &why);
        if (r >= 0)
                r = reference_name(e->reference, &e->name);
        if (r < 0)
                return log_error_errno(r, "Cannot use '%s' as an image reference: %s", text,
                                       why ? why : strerror(-r));

        return 0;
}

static int print_valid(const char *what, const TrustAttempt *good) {
        _cleanup_free_ char *escaped = str_escape(what, strlen(what), PATH_MAX);

        printf("Valid: '%s', signed by %s key %s\n", escaped ? escaped : "?", good->algorithm,
               good->fingerprint);
        return fflush(stdout) == EOF ? log_error_errno(errno, "Cannot show the verdict: %m") : 0;
}

static int print_json(const Evidence *e, const Answer *answer) {
        return record_print_json(&(Judged) {
                        .reference = e->text,
                        .name = e->name,
                        .evidence = e,
                        .answer = answer,
        });
}

int by_keys_verify(const ByKeys *b) {
        _cleanup_evidence_ Evidence e = EVIDENCE_NULL;
        _cleanup_policy_ Policy keys = {};
        Answer answer = {};

        if (!b->digest && !b->document)
                return log_error_errno(-EINVAL, "Which file? See 'gantry verify --help'");

        int r = read_keys(b->keys, &keys);
        if (r >= 0)
                r = b->digest ? open_image(b, &e) : by_keys_open(b->document, b->signature, &e);
        if (r >= 0 && b->name)
                r = set_name(b->name, &e);
        if (r < 0)
                return r;
        if (e.n_signatures == 0)
                return log_error_errno(
                                -ENOENT,
                                "Cannot verify '%s': there is no '%s.asc'; say where its signature is with --signature=",
                                b->document, b->document);

        r = judge_by_keys(&keys, &e, &answer);
        if (r < 0)
                return log_error_errno(r, "Cannot judge '%s': %s", e.text, user_strerror(r));
        r = cli_json != CLI_JSON_OFF ? print_json(&e, &answer) : 0;
        if (r < 0)
                return r;
        if (!answer.record.admitted)
                return log_error_errno(-EACCES, "Not valid: '%s': %s", e.text, answer.record.reason);

        const TrustAttempt *good = trust_record_next_good(&answer.record, &(size_t) { 0 });
        return cli_json == CLI_JSON_OFF && !cli_quiet && good ? print_valid(e.text, good) : 0;
}
