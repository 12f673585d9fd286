/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: finding signatures of the kind called simple signing.
 * Never: reads more of one than its first octet; builds a path from foreign text.
 * Follows: https://github.com/containers/image/blob/main/docs/signature-protocols.md. */

#include <stdio.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "image/signature-list.h"
#include "registry-client/simple-signatures.h"
#include "registry-client/web.h"

static int add(SignatureSearch *s, const Blob *signature, const char *source, char **reterr_why) {
        _cleanup_free_ char *why = NULL;

        if (simple_signature_is_openpgp(signature))
                return signature_search_add(s, source, "simple", signature, /* signature= */ NULL);

        int r = str_copy("it does not begin as an OpenPGP signature does", &why);
        return r < 0 ? r : signature_search_pass_over(s, -EBADMSG, source, &why, reterr_why);
}

static int add_listed(SignatureSearch *s, const SignatureList *list, size_t i, const Digest *digest,
                      const char *where, char **reterr_why) {
        _cleanup_free_ char *source = NULL, *why = NULL;
        _cleanup_blob_ Blob signature = {};

        int r = str_printf(&source, "%s signatures[%zu]", where, i);
        if (r < 0)
                return r;

        r = signature_list_get(list, i, digest, &signature, &why);
        if (r < 0)
                return signature_search_pass_over(s, r, source, &why, reterr_why);

        return r > 0 ? add(s, &signature, source, reterr_why) : 0;
}

int simple_signatures_find(SignatureSearch *s, const Digest *digest, char **reterr_why) {
        _cleanup_signature_list_ SignatureList list = {};
        _cleanup_free_ char *where = NULL, *why = NULL;
        _cleanup_blob_ Blob document = {};
        char text[DIGEST_TEXT_MAX];

        int r = source_signature_list(s->source, digest, &document, &why);
        if (r == -ENOENT)
                return 0;
        if (r >= 0)
                r = signature_list_parse(document.data, document.size, &list, &why);
        digest_format(digest, text);
        if (str_printf(&where, "%s@%s", s->repository, text) < 0)
                return -ENOMEM;
        if (r < 0)
                return signature_search_pass_over(s, r, where, &why, reterr_why);

        for (size_t i = 0; r >= 0 && i < list.n_items && !signature_search_is_full(s); i++)
                r = add_listed(s, &list, i, digest, where, reterr_why);

        return r;
}

/* The caller keeps us within the directory. */
static int read_file(const Caller *caller, const char *path, Blob *ret, char **reterr_why) {
        _cleanup_close_ int fd = caller_file(caller, path);

        int r = fd < 0 ? fd : fd_read_blob(fd, SIMPLE_SIGNATURE_MAX, ret);
        if (r < 0 && r != -ENOENT &&
            str_printf(reterr_why, "'%s' in the lookaside: %s", path, strerror(-r)) < 0)
                return -ENOMEM;

        return r;
}

/* The k-th: 1, or 0 if there is none. */
static int add_from_lookaside(SignatureSearch *s, const Digest *digest, unsigned k, char **reterr_why) {
        const Lookaside *l = &s->net->access->lookaside;
        _cleanup_free_ char *path = NULL, *url = NULL, *why = NULL;
        _cleanup_blob_ Blob signature = {};
        char text[DIGEST_TEXT_MAX];

        digest_format(digest, text);
        *strchr(text, ':') = '=';
        int r = str_printf(&path, "%s@%s/signature-%u", l->repository, text, k);
        if (r >= 0)
                r = str_printf(&url, "%s/%s", l->url, path);
        if (r < 0)
                return r;

        r = l->host.host ? web_get_document(s->net, &l->host, url, SIMPLE_SIGNATURE_MAX, &signature, &why)
                         : read_file(s->net->caller, path, &signature, &why);
        if (r == -ENOENT)
                return 0;
        r = r < 0 ? signature_search_pass_over(s, r, url, &why, reterr_why)
                  : add(s, &signature, url, reterr_why);

        return r < 0 ? r : 1;
}

int simple_signatures_find_lookaside(SignatureSearch *s, const Digest *digest, char **reterr_why) {
        int r = s->net->access->lookaside.url ? 1 : 0;

        for (unsigned k = 1; r > 0 && !signature_search_is_full(s); k++)
                r = add_from_lookaside(s, digest, k, reterr_why);

        return r < 0 ? r : 0;
}
