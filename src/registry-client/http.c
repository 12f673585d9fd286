/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: libcurl: one request, its redirects, limits and time-outs.
 * Never: knows what a registry is; sends a secret to another origin; goes from https to http.
 * Follows: RFC 9110: 8.6 (Content-Length), 14 (ranges), 15.4 (redirects). */

#include <curl/curl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "basic/clock.h"
#include "basic/fd.h"
#include "basic/str.h"
#include "config.h"
#include "registry-client/http.h"
#include "registry-client/range.h"
#include "registry-client/tls.h"

#define OTHER_BODY_MAX 65536U    /* what is read and thrown away of an answer that is not 200 */
#define DOCUMENT_SECONDS_MAX 120 /* for a body kept in memory, however steadily it trickles */
#define VALIDATOR_MAX 256
#define BUFFER_SIZE (256L * 1024)
#define TRICKLE 100L /* bytes a second */

struct Http {
        const Caller *caller;
        CURL *curl;
        ClientLimits limits;
};

/* One request of a chain of redirects, while it is under way. */
typedef struct Transfer {
        const HttpRequest *request;
        const Caller *caller;
        CURL *curl;
        const ClientLimits *limits;
        size_t header_bytes;
        char *challenge, *link, *location, *etag, *modified, *range, *retry_after, *signatures;
        Blob body;
        uint64_t received; /* of the body, now */
        uint64_t position; /* behind the last byte of it */
        bool begun;
        uint64_t last_byte; /* when it came, in microseconds */
        int error;          /* why a callback of ours gave up, with a text if there is something to say */
        char *why;
        char curl_error[CURL_ERROR_SIZE];
} Transfer;

static void forget_headers(Transfer *t) {
        free(TAKE_PTR(t->challenge));
        free(TAKE_PTR(t->link));
        free(TAKE_PTR(t->location));
        free(TAKE_PTR(t->etag));
        free(TAKE_PTR(t->modified));
        free(TAKE_PTR(t->range));
        free(TAKE_PTR(t->retry_after));
        free(TAKE_PTR(t->signatures));
}

static void transfer_done(Transfer *t) {
        forget_headers(t);
        free(t->why);
        blob_done(&t->body);
}

void http_response_done(HttpResponse *r) {
        free(r->from);
        free(r->challenge);
        free(r->link);
        blob_done(&r->body);
        *r = (HttpResponse) {};
}

Http *http_free(Http *h) {
        if (h) {
                curl_easy_cleanup(h->curl);
                free(h);
        }

        return NULL;
}

int http_new(const Caller *caller, const ClientLimits *limits, Http **ret) {
        if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
                return -EIO;

        _cleanup_(http_freep) Http *h = calloc(1, sizeof(Http));
        if (!h)
                return -ENOMEM;
        h->caller = caller;
        h->limits = *limits;
        h->curl = curl_easy_init();
        if (!h->curl)
                return -ENOMEM;

        *ret = TAKE_PTR(h);
        return 0;
}

static uint64_t now(void) {
        return now_usec(CLOCK_MONOTONIC);
}

static long status_of(CURL *curl) {
        long status = 0;

        (void) curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
        return status;
}

/* Keeps the first error; the callback that calls it then stops the transfer. */
_printf_(3, 4) static void give_up(Transfer *t, int error, const char *format, ...) {
        va_list ap;

        if (t->error < 0)
                return;
        t->error = error;
        va_start(ap, format);
        if (vasprintf(&t->why, format, ap) < 0) {
                t->why = NULL;
                t->error = -ENOMEM;
        }
        va_end(ap);
}

/* The value of header `name` in the line, as a copy; NULL if the line is another header. */
static int header_value(const char *line, size_t size, const char *name, char **ret) {
        size_t n = strlen(name);

        if (size <= n || strncasecmp(line, name, n) != 0 || line[n] != ':')
                return 0;

        const char *begin = line + n + 1, *end = line + size;
        while (begin < end && strchr(" \t", *begin))
                begin++;
        while (end > begin && strchr(" \t\r\n", end[-1]))
                end--;

        char *value = strndup(begin, end - begin);
        if (!value)
                return -ENOMEM;

        *ret = value;
        return 1;
}

/* A list may come in several headers; RFC 9110 section 5.3 says how to join them. Of what is no list, the last one
 * counts. */
static int keep_value(char **target, bool is_list, char **taken) {
        _cleanup_free_ char *before = TAKE_PTR(*target);

        if (before && is_list)
                return str_printf(target, "%s, %s", before, *taken);

        *target = TAKE_PTR(*taken);
        return 0;
}

static int read_header(Transfer *t, const char *line, size_t size) {
        const struct {
                const char *name;
                char **value;
                bool is_list;
        } known[] = {
                { "WWW-Authenticate", &t->challenge, true },
                { "Link", &t->link, true },
                { "Location", &t->location },
                { "ETag", &t->etag },
                { "Last-Modified", &t->modified },
                { "Content-Range", &t->range },
                { "Retry-After", &t->retry_after },
                { "X-Registry-Supports-Signatures", &t->signatures },
        };

        for (size_t i = 0; i < ELEMENTSOF(known); i++) {
                _cleanup_free_ char *value = NULL;

                int r = header_value(line, size, known[i].name, &value);
                if (r != 0)
                        return r < 0 ? r : keep_value(known[i].value, known[i].is_list, &value);
        }

        return 0;
}

static size_t on_header(char *line, size_t item, size_t n, void *userdata) {
        Transfer *t = userdata;

        t->last_byte = now();
        if (n > 5 && strncasecmp(line, "HTTP/", 5) == 0)
                forget_headers(t); /* of an interim answer */
        t->header_bytes += n;
        if (t->header_bytes > t->limits->headers_max) {
                give_up(t, -EFBIG, "headers of more than %llu bytes",
                        (unsigned long long) t->limits->headers_max);
                return 0;
        }
        if (read_header(t, line, n) < 0) {
                t->error = -ENOMEM;
                return 0;
        }

        return n;
}

static bool is_success(long status) {
        return status == 200 || status == 206;
}

/* Where the body begins: a part has to be the very one that was asked for. */
static bool find_beginning(Transfer *t, uint64_t *ret) {
        const HttpRequest *q = t->request;
        ContentRange range;

        *ret = 0;
        if (status_of(t->curl) != 206)
                return true;
        if (q->offset == 0 || !t->range || content_range_parse(t->range, &range) < 0 || !range.satisfied ||
            range.first != q->offset || (q->exact && range.last != q->limit - 1)) {
                give_up(t, -EPROTO, "not the range that was asked for");
                return false;
        }

        *ret = range.first;
        return true;
}

/* As soon as the header is complete: a body that is announced with the wrong length need not be read. */
static bool length_is_right(Transfer *t) {
        const HttpRequest *q = t->request;
        curl_off_t length = -1;

        (void) curl_easy_getinfo(t->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
        if (length < 0)
                return true;

        uint64_t end = t->position + length;
        if (end <= q->limit && (!q->exact || end == q->limit))
                return true;

        give_up(t, -EFBIG, "%llu bytes announced, %s%llu", (unsigned long long) end,
                q->exact ? "expected " : "limit is ", (unsigned long long) q->limit);
        return false;
}

/* What can be shown again to a server to ask whether it still has the same. A weak ETag says nothing about
 * bytes. */
static const char *validator_of(const Transfer *t) {
        const char *v = t->etag && t->etag[0] == '"' ? t->etag : t->modified;

        if (!v || strlen(v) > VALIDATOR_MAX)
                return NULL;
        for (const char *p = v; *p; p++)
                if ((uint8_t) *p < ' ' || (uint8_t) *p >= 0x7f)
                        return NULL;

        return v;
}

/* 0 or the error the transfer ends with. */
static int begin_body(Transfer *t) {
        const HttpSink *sink = t->request->sink;

        if (t->begun)
                return 0;
        t->begun = true;
        if (!find_beginning(t, &t->position) || !length_is_right(t))
                return t->error;
        if (sink)
                t->error = sink->begin(sink->userdata, t->position, validator_of(t), &t->why);

        return t->error;
}

static int keep(Transfer *t, const void *data, size_t size) {
        const HttpSink *sink = t->request->sink;

        if (sink)
                return sink->write(sink->userdata, data, size);

        char *grown = realloc(t->body.data, t->body.size + size + 1);
        if (!grown)
                return -ENOMEM;
        memcpy(grown + t->body.size, data, size);
        t->body.data = grown;
        t->body.size += size;
        grown[t->body.size] = '\0';
        return 0;
}

static bool take_body(Transfer *t, const void *data, size_t size) {
        t->received += size;
        if (!is_success(status_of(t->curl)))
                return t->received <= OTHER_BODY_MAX;
        if (begin_body(t) < 0)
                return false;

        t->position += size;
        if (t->position > t->request->limit) {
                give_up(t, -EFBIG, "more than the %llu bytes %s", (unsigned long long) t->request->limit,
                        t->request->exact ? "expected" : "allowed");
                return false;
        }

        t->error = keep(t, data, size);
        return t->error == 0;
}

static size_t on_body(char *data, size_t item, size_t n, void *userdata) {
        Transfer *t = userdata;

        bool go_on = take_body(t, data, n);
        t->last_byte = now(); /* after writing: a slow reader is not the server's fault */
        return go_on ? n : 0;
}

/* At least once a second, whatever the server does. */
static int on_progress(void *userdata, curl_off_t dl_total, curl_off_t dl, curl_off_t ul_total,
                       curl_off_t ul) {
        Transfer *t = userdata;

        if (caller_sleep(t->caller, 0) == -EPIPE) {
                give_up(t, -EPIPE, "nobody waits for it any more");
                return 1;
        }
        if (now() - t->last_byte < t->limits->timeout * 1000000)
                return 0;

        give_up(t, -ETIMEDOUT, "nothing came for %llu s", (unsigned long long) t->limits->timeout);
        return 1;
}

static int add_header(struct curl_slist **headers, const char *name, const char *value) {
        _cleanup_free_ char *line = NULL;

        int r = str_printf(&line, "%s%s", name, value);
        if (r < 0)
                return r;

        struct curl_slist *longer = curl_slist_append(*headers, line);
        if (!longer)
                return -ENOMEM;

        *headers = longer;
        return 0;
}

static int set_headers(CURL *curl, const HttpRequest *q, bool at_origin, struct curl_slist **headers) {
        _cleanup_free_ char *range = NULL;

        int r = q->offset > 0 ? str_printf(&range, "bytes=%llu-", (unsigned long long) q->offset) : 0;
        const struct {
                const char *name, *value;
        } lines[] = {
                { "Accept: ", q->accept },
                { "Authorization: ", at_origin ? q->authorization : NULL },
                { "If-None-Match: ", q->if_none_match },
                { "Range: ", range },
                { "If-Range: ", range ? q->validator : NULL },
        };

        for (size_t i = 0; i < ELEMENTSOF(lines) && r >= 0; i++)
                if (lines[i].value)
                        r = add_header(headers, lines[i].name, lines[i].value);
        if (r < 0)
                return r;

        return curl_easy_setopt(curl, CURLOPT_HTTPHEADER, *headers) == CURLE_OK ? 0 : -ENOMEM;
}

static int set_options(CURL *curl, const Url *url, Transfer *t) {
        long seconds = t->request->sink ? 0 : DOCUMENT_SECONDS_MAX;
        CURLcode c = CURLE_OK;

        curl_easy_reset(curl);
        c = c ? c : curl_easy_setopt(curl, CURLOPT_URL, url->text);
        c = c ? c : curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, url->https ? "https" : "http");
        c = c ? c : curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long) CURL_SSLVERSION_TLSv1_2);
        c = c ? c : curl_easy_setopt(curl, CURLOPT_USERAGENT, "gantry/" GANTRY_VERSION);
        c = c ? c : curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
        c = c ? c : curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, BUFFER_SIZE);
        /* A trickle is a stall, too. */
        c = c ? c : curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, TRICKLE);
        c = c ? c : curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, 2 * (long) t->limits->timeout);
        if (t->request->form)
                c = c ? c : curl_easy_setopt(curl, CURLOPT_POSTFIELDS, t->request->form);
        c = c ? c : curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long) t->limits->timeout);
        c = c ? c : curl_easy_setopt(curl, CURLOPT_TIMEOUT, seconds);
        c = c ? c : curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
        c = c ? c : curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
        c = c ? c : curl_easy_setopt(curl, CURLOPT_XFERINFODATA, t);
        c = c ? c : curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
        c = c ? c : curl_easy_setopt(curl, CURLOPT_HEADERDATA, t);
        c = c ? c : curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
        c = c ? c : curl_easy_setopt(curl, CURLOPT_WRITEDATA, t);
        c = c ? c : curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, t->curl_error);
        /* This machine is never behind a proxy. */
        if (url->loopback)
                c = c ? c : curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");

        return c == CURLE_OK ? 0 : -ENOMEM;
}

static int error_of(CURLcode code) {
        switch (code) {
        case CURLE_COULDNT_RESOLVE_HOST:
        case CURLE_COULDNT_CONNECT: return -ECONNREFUSED;
        case CURLE_SSL_CONNECT_ERROR: return -EPROTONOSUPPORT;
        case CURLE_OPERATION_TIMEDOUT: return -ETIMEDOUT;
        case CURLE_PARTIAL_FILE:
        case CURLE_GOT_NOTHING:
        case CURLE_SEND_ERROR:
        case CURLE_RECV_ERROR: return -ECONNRESET;
        case CURLE_OUT_OF_MEMORY: return -ENOMEM;
        default: return -EIO;
        }
}

static int copy_text(const char *text, char **ret) {
        int r = str_copy(text, ret);
        if (r >= 0)
                str_to_line(*ret);

        return r;
}

static int explain(Transfer *t, const Url *url, CURLcode code, char **reterr_why) {
        const char *text = t->curl_error[0] != '\0' ? t->curl_error : curl_easy_strerror(code);

        if (t->error < 0) {
                if (reterr_why)
                        *reterr_why = TAKE_PTR(t->why);
                return t->error;
        }
        if (!reterr_why)
                return error_of(code);

        int r = code == CURLE_PEER_FAILED_VERIFICATION
                                ? str_printf(reterr_why,
                                             "the certificate of %s is not one to be believed; an authority of its own belongs into /etc/gantry/certs.d/%s/ca.crt",
                                             url->authority, url->authority)
                                : copy_text(text, reterr_why);
        return r < 0 ? r : error_of(code);
}

/* What curl is content with may still be too short: bodies without Content-Length, and empty ones, for
 * which no callback came. */
static int check_complete(Transfer *t) {
        const HttpRequest *q = t->request;

        if (!is_success(status_of(t->curl)))
                return 0;

        int r = begin_body(t);
        if (r >= 0 && q->exact && t->position != q->limit) {
                give_up(t, -ECONNRESET, "only %llu of %llu bytes", (unsigned long long) t->position,
                        (unsigned long long) q->limit);
                r = t->error;
        }

        return r;
}

/* One request, no redirects. */
static int perform(Http *h, const Url *url, bool at_origin, Transfer *t, char **reterr_why) {
        _cleanup_tls_ Tls tls = TLS_NULL;
        struct curl_slist *headers = NULL;

        int r = set_options(h->curl, url, t);
        if (r >= 0)
                r = tls_set(h->curl, url, at_origin ? t->request->identity : NULL, &tls, reterr_why);
        if (r >= 0)
                r = set_headers(h->curl, t->request, at_origin, &headers);
        if (r >= 0) {
                CURLcode code = curl_easy_perform(h->curl);
                /* An endless body of an answer that is not wanted anyway was cut off; the answer stands. */
                bool cut = code == CURLE_WRITE_ERROR && t->error == 0;

                if ((code != CURLE_OK && !cut) || check_complete(t) < 0)
                        r = explain(t, url, code, reterr_why);
        }

        curl_slist_free_all(headers);
        return r;
}

static bool is_redirect(long status) {
        return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* Names hosts only: a URL may hold a signature that opens it. */
static int refuse(char **reterr_why, const char *what, const char *host) {
        int r = reterr_why ? str_printf(reterr_why, "%s %s", what, host) : 0;
        return r < 0 ? r : -EPROTO;
}

/* Moves on to where the answer points. */
static int follow(const Transfer *t, Url *url, char **reterr_why) {
        _cleanup_url_ Url next = {};

        int r = url_parse(t->location, url, &next);
        if (r == -EINVAL)
                return refuse(reterr_why, "redirected to something that is no http URL by", url->authority);
        if (r < 0)
                return r;
        if (!next.https && !url_same_origin(&next, url))
                return refuse(reterr_why, "redirected to plain http on", next.authority);

        url_done(url);
        *url = next;
        next = (Url) {};
        return 0;
}

static int64_t retry_after_of(const Transfer *t) {
        uint64_t seconds;

        return t->retry_after && retry_after_parse(t->retry_after, time(NULL), &seconds) >= 0
                               ? (int64_t) MIN(seconds, (uint64_t) INT64_MAX)
                               : -1;
}

static int answer(Transfer *t, const Url *url, bool has_signatures, HttpResponse *ret) {
        _cleanup_free_ char *from = NULL;

        int r = str_copy(url->authority, &from);
        if (r < 0)
                return r;

        *ret = (HttpResponse) {
                .status = status_of(t->curl),
                .from = TAKE_PTR(from),
                .challenge = TAKE_PTR(t->challenge),
                .link = TAKE_PTR(t->link),
                .has_signatures = has_signatures,
                .retry_after = retry_after_of(t),
                .body = TAKE_BLOB(t->body),
        };
        return 0;
}

int http_perform(Http *h, const HttpRequest *request, HttpResponse *ret, char **reterr_why) {
        _cleanup_url_ Url url = {};
        bool has_signatures = false;

        int r = url_parse(request->url->text, /* base= */ NULL, &url);
        if (r < 0)
                return r;

        for (uint64_t redirects = 0; redirects <= h->limits.redirects_max; redirects++) {
                _cleanup_(transfer_done) Transfer t = {
                        .request = request,
                        .caller = h->caller,
                        .curl = h->curl,
                        .limits = &h->limits,
                        .last_byte = now(),
                };

                bool at_origin = url_same_origin(&url, request->url);
                r = perform(h, &url, at_origin, &t, reterr_why);
                if (r < 0)
                        return r;
                has_signatures = has_signatures || (at_origin && streq_ptr(t.signatures, "1"));
                if (!is_redirect(status_of(h->curl)) || !t.location || request->form)
                        return answer(&t, &url, has_signatures, ret);

                r = follow(&t, &url, reterr_why);
                if (r < 0)
                        return r;
        }

        int n = reterr_why ? str_printf(reterr_why, "redirected more than %llu times, last to %s",
                                        (unsigned long long) h->limits.redirects_max, url.authority)
                           : 0;
        return n < 0 ? n : -EPROTO;
}
