/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the way from an appc name or URL to an archive in the quarantine.
 * Never: reads a page or a header itself; believes that what came is what was asked for.
 * Follows: https://github.com/appc/spec/blob/v0.8.11/spec/discovery.md. */

#include <string.h>

#include "basic/children.h"
#include "basic/fd.h"
#include "basic/log.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "fetch/aci-download.h"
#include "fetch/download.h"
#include "image/appc-types.h"
#include "image/hasher.h"
#include "registry/lookup.h"
#include "store/part.h"

#define WAIT_MS 100

static void note(const char *text) {
        log_info("%s", text);
}

static const SessionHooks hooks = { .note = note };

static int fail(const AciDownload *d, int r, const char *why) {
        if (children_interrupted())
                return -ECANCELED;

        return log_error_errno(r, "Cannot fetch '%s': %s", d->aci.text, why ? why : strerror(-r));
}

/* With the login for that host and for no other. */
static int connect_to(const AciDownload *d, const char *host, Session **ret) {
        _cleanup_access_ Access access = {};
        _cleanup_free_ char *why = NULL;

        int r = access_for_host(host, d->agent, d->limits, d->plain_http, &access, &why);
        if (r >= 0)
                r = session_open(&access, ret, &why);

        return r < 0 ? fail(d, r, why) : 0;
}

static int connect_to_url(const AciDownload *d, const char *url, Session **ret) {
        const char *begin = strstr(url, "://");
        _cleanup_free_ char *host = begin ? strndup(begin + 3, strcspn(begin + 3, "/?#")) : NULL;

        return host ? connect_to(d, host, ret) : fail(d, -EINVAL, NULL);
}

static int add_label(char ***words, const char *name, const char *value) {
        int r = strv_add(words, name);
        return r < 0 ? r : strv_add(words, value);
}

/* What it is asked by: what the user said, and this machine where that says nothing. */
static int discovery_request(const AciDownload *d, char ***ret) {
        const Reference *ref = d->aci.reference;
        const FetchPlatform *p = d->aci.platform;
        const char *architecture = appc_architecture_of(p->architecture, p->variant);
        _cleanup_strv_ char **words = NULL;

        int r = strv_add(&words, "discover");
        if (r >= 0)
                r = strv_add(&words, "images");
        if (r >= 0)
                r = strv_add(&words, ref->name);
        if (r >= 0)
                r = strv_add(&words, ref->version ? ref->version : "");
        for (size_t i = 0; i < ref->labels.n && r >= 0; i++)
                r = add_label(&words, ref->labels.items[i].name, ref->labels.items[i].value);
        if (r >= 0 && !pairs_get(&ref->labels, "os"))
                r = add_label(&words, "os", p->os);
        if (r >= 0 && architecture && !pairs_get(&ref->labels, "arch"))
                r = add_label(&words, "arch", architecture);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(words);
        return 0;
}

/* URLs of archives and their signatures, in turn. */
static int discover(const AciDownload *d, char ***ret) {
        const char *name = d->aci.reference->name;
        _cleanup_free_ char *host = strndup(name, strcspn(name, "/")), *why = NULL;
        _cleanup_session_ Session *session = NULL;
        _cleanup_strv_ char **request = NULL, **urls = NULL;

        int r = quarantine_check_name(d->aci.store, d->aci.text);
        if (r < 0)
                return r;
        if (!host)
                return fail(d, -ENOMEM, NULL);

        log_info("Asking '%s' where '%s' is", host, d->aci.text);
        r = connect_to(d, host, &session);
        if (r < 0)
                return r;
        r = discovery_request(d, &request);
        if (r >= 0)
                r = session_call(session, request, -EBADF, &hooks, &urls, &why);
        if (r >= 0 && (strv_length(urls) == 0 || strv_length(urls) % 2 != 0))
                r = -EPROTO;
        if (r < 0)
                return fail(d, r, why);

        *ret = TAKE_PTR(urls);
        return 0;
}

static int find(const AciDownload *d, char ***ret) {
        const Reference *ref = d->aci.reference;
        _cleanup_strv_ char **urls = NULL;

        if (ref->kind == REFERENCE_ACI)
                return discover(d, ret);

        int r = strv_add(&urls, ref->path);
        if (r >= 0)
                r = strv_addf(&urls, "%s.asc", ref->path);
        if (r < 0)
                return fail(d, r, NULL);

        *ret = TAKE_PTR(urls);
        return 0;
}

/* Whether one is needed is not known here. 1; 0 if there is none; -EINPROGRESS if it is not there yet. */
static int get_signature(const AciDownload *d, Session *session, const char *url, const Quarantine *q) {
        _cleanup_free_ char *why = NULL;
        _cleanup_blob_ Blob text = {};

        int r = session_get(session, url, ACI_SIGNATURE_MAX, &hooks, &text, &why);
        if (r == -ENOENT)
                return 0;
        if (r == -EINPROGRESS)
                return r;
        if (r < 0)
                return fail(d, r, why);

        r = aci_add_signature(q, &text, url);
        return r < 0 ? r : 1;
}

/* By its URL, for want of a digest. */
static int open_part(const AciDownload *d, const char *url, ProgressRow *row, Part *ret) {
        char name[DIGEST_TEXT_MAX];
        bool said = false;
        Digest digest;

        int r = digest_of(DIGEST_SHA256, url, strlen(url), &digest);
        if (r < 0)
                return fail(d, r, NULL);

        digest_format_id(&digest, name);
        for (;;) {
                _cleanup_free_ char *file = NULL;

                r = str_printf(&file, "url-%s", name);
                if (r >= 0)
                        r = part_open(d->aci.store, file, ret);
                if (r != -EAGAIN)
                        return r < 0 ? fail(d, r, NULL) : 0;

                if (!said)
                        progress_row_state(row, ROW_WAITING);
                said = true;
                (void) poll(NULL, 0, WAIT_MS);
                if (children_interrupted())
                        return -ECANCELED;
        }
}

static int download_archive(const AciDownload *d, Session *session, const char *url, ProgressRow *row,
                            Part *part) {
        _cleanup_download_ Download download = DOWNLOAD_NULL;

        int r = download_url(&download, session, part, url, d->limits->compressed_max);
        if (r < 0)
                return fail(d, r, NULL);
        progress_row_at(row, part->size);
        progress_row_state(row, ROW_DOWNLOADING);

        while (r == 0) {
                struct pollfd fds[DOWNLOAD_POLL_MAX];
                size_t n = download_poll(&download, fds);

                if (poll(fds, n, progress_tick(d->aci.progress)) < 0 && errno != EINTR)
                        return fail(d, -errno, NULL);
                if (children_interrupted())
                        return -ECANCELED;
                r = download_advance(&download);
                progress_row_at(row, part->size);
        }

        return r < 0 ? fail(d, r, download.why) : 0;
}

static int get_archive(const AciDownload *d, Session *session, const char *url, const Quarantine *q) {
        _cleanup_part_ Part part = PART_NULL;

        _cleanup_row_ ProgressRow *row = progress_row(d->aci.progress, 0, 0, NULL, 0);
        if (!row)
                return fail(d, -ENOMEM, NULL);

        int r = open_part(d, url, row, &part);
        if (r >= 0)
                r = download_archive(d, session, url, row, &part);
        if (r < 0)
                return r;

        progress_row_state(row, ROW_DONE);
        r = part_move(&part, q->fd, ACI_ARCHIVE);
        return r < 0 ? fail(d, r, NULL) : 0;
}

/* A signature may be made only when it is asked for (202); by the time the archive is here, it should be. */
static int get_both(const AciDownload *d, char *const *urls, const Quarantine *q) {
        _cleanup_session_ Session *session = NULL;

        int r = connect_to_url(d, urls[0], &session);
        if (r < 0)
                return r;

        int signature = get_signature(d, session, urls[1], q);
        if (signature < 0 && signature != -EINPROGRESS)
                return signature;
        r = get_archive(d, session, urls[0], q);
        if (r >= 0 && signature == -EINPROGRESS) {
                r = get_signature(d, session, urls[1], q);
                if (r == -EINPROGRESS)
                        r = fail(d, r, "its signature is not there yet; try again later");
        }

        return r;
}

int aci_download(const AciDownload *d, AciImage *ret) {
        _cleanup_strv_ char **urls = NULL;
        int r;

        r = find(d, &urls);
        if (r < 0)
                return r;

        /* Several places may have it; the next one is asked when one does not. */
        for (char *const *pair = urls;; pair += 2) {
                _cleanup_quarantine_ Quarantine q = QUARANTINE_NULL;

                r = quarantine_new(d->aci.store, d->aci.text, &q);
                if (r < 0)
                        return r;
                r = get_both(d, pair, &q);
                if (r >= 0)
                        return aci_admit(&d->aci, &q, ret);
                if (r == -ECANCELED || !pair[2])
                        return r;
        }
}
