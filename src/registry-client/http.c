/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: libcurl: one request, its redirects, limits and time-outs; whose certificates count for a host.
 * Never: knows what a registry is; sends a token to another origin; goes from https to http.
 * Follows: RFC 9110, 8.6 (Content-Length) and 15.4 (redirects); docs/ENVIRONMENT.md. */

#include <curl/curl.h>
#include <stdarg.h>
#include <stdio.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "config.h"
#include "registry-client/http.h"

#define REDIRECTS_MAX 5
#define HEADERS_MAX 65536U
#define OTHER_BODY_MAX 65536U    /* what is read and thrown away of an answer that is not 200 */
#define DOCUMENT_SECONDS_MAX 300 /* for a body kept in memory, however steadily it trickles */

struct Http {
        CURL *curl;
        long timeout; /* seconds: to connect, and for the next byte to come */
};

/* One request of a chain of redirects, while it is under way. */
typedef struct Transfer {
        const HttpRequest *request;
        CURL *curl;
        long timeout;
        size_t header_bytes;
        char *challenge, *location;
        Blob body;
        uint64_t received;
        time_t last_byte;
        int error; /* why a callback of ours gave up, with a text if there is something to say */
        char *why;
        char curl_error[CURL_ERROR_SIZE];
} Transfer;

static void transfer_done(Transfer *t) {
        free(t->challenge);
        free(t->location);
        free(t->why);
        blob_done(&t->body);
}

void http_response_done(HttpResponse *r) {
        free(r->from);
        free(r->challenge);
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

static long timeout_seconds(void) {
        const char *e = secure_getenv("GANTRY_FETCH_TIMEOUT");
        uint64_t seconds;

        return e && str_to_u64(e, &seconds) >= 0 && seconds > 0 && seconds < 3600 ? (long) seconds : 30;
}

int http_new(Http **ret) {
        if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
                return -EIO;

        _cleanup_(http_freep) Http *h = calloc(1, sizeof(Http));
        if (!h)
                return -ENOMEM;
        h->curl = curl_easy_init();
        if (!h->curl)
                return -ENOMEM;
        h->timeout = timeout_seconds();

        *ret = TAKE_PTR(h);
        return 0;
}

static time_t now(void) {
        struct timespec ts;

        (void) clock_gettime(CLOCK_MONOTONIC, &ts);
        return ts.tv_sec;
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

/* Several challenges may come in several headers; RFC 9110 section 5.3 says how to join them. */
static int add_challenge(Transfer *t, const char *value) {
        _cleanup_free_ char *before = TAKE_PTR(t->challenge);
        return before ? str_printf(&t->challenge, "%s, %s", before, value) : str_copy(value, &t->challenge);
}

static int read_header(Transfer *t, const char *line, size_t size) {
        _cleanup_free_ char *challenge = NULL, *location = NULL;

        int r = header_value(line, size, "WWW-Authenticate", &challenge);
        if (r > 0)
                r = add_challenge(t, challenge);
        if (r == 0)
                r = header_value(line, size, "Location", &location);
        if (r > 0) {
                free(t->location);
                t->location = TAKE_PTR(location);
        }

        return r < 0 ? r : 0;
}

static void forget_headers(Transfer *t) {
        free(TAKE_PTR(t->challenge));
        free(TAKE_PTR(t->location));
}

static size_t on_header(char *line, size_t item, size_t n, void *userdata) {
        Transfer *t = userdata;

        t->last_byte = now();
        if (n > 5 && strncasecmp(line, "HTTP/", 5) == 0)
                forget_headers(t); /* of an interim answer */
        t->header_bytes += n;
        if (t->header_bytes > HEADERS_MAX) {
                give_up(t, -EFBIG, "headers of more than %u bytes", HEADERS_MAX);
                return 0;
        }
        if (read_header(t, line, n) < 0) {
                t->error = -ENOMEM;
                return 0;
        }

        return n;
}

/* As soon as the header is complete: a body that is announced with the wrong length need not be read. */
static bool length_is_wrong(Transfer *t) {
        const HttpRequest *q = t->request;
        curl_off_t length = -1;

        (void) curl_easy_getinfo(t->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
        if (length < 0)
                return false;
        if ((uint64_t) length > q->limit || (q->exact && (uint64_t) length != q->limit)) {
                give_up(t, -EFBIG, "%lld bytes announced, %s%llu", (long long) length,
                        q->exact ? "expected " : "limit is ", (unsigned long long) q->limit);
                return true;
        }

        return false;
}

static int keep(Transfer *t, const void *data, size_t size) {
        if (t->request->fd >= 0)
                return fd_write_full(t->request->fd, data, size);

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
        bool first = t->received == 0;

        t->received += size;
        if (status_of(t->curl) != 200)
                return t->received <= OTHER_BODY_MAX;
        if (first && length_is_wrong(t))
                return false;
        if (t->received > t->request->limit) {
                give_up(t, -EFBIG, "more than the %llu bytes %s", (unsigned long long) t->request->limit,
                        t->request->exact ? "expected" : "allowed");
                return false;
        }

        int r = keep(t, data, size);
        if (r < 0) {
                t->error = r;
                return false;
        }

        return true;
}

static size_t on_body(char *data, size_t item, size_t n, void *userdata) {
        Transfer *t = userdata;

        bool go_on = take_body(t, data, n);
        t->last_byte = now(); /* after writing: a slow reader is not the server's fault */
        return go_on ? n : 0;
}

static int on_progress(void *userdata, curl_off_t dl_total, curl_off_t dl, curl_off_t ul_total,
                       curl_off_t ul) {
        Transfer *t = userdata;

        if (now() - t->last_byte < t->timeout)
                return 0;

        give_up(t, -ETIMEDOUT, "nothing came for %ld s", t->timeout);
        return 1;
}

/* The certificate authority that the administrator has set for this very host, in addition to the
 * system's. */
static int set_authority(CURL *curl, const Url *url) {
        const char *prefix = secure_getenv("GANTRY_CONFIG_ROOT");
        _cleanup_free_ char *path = NULL;

        int r = str_printf(&path, "%s/etc/gantry/certs.d/%s/ca.crt", prefix ? prefix : "", url->authority);
        if (r < 0)
                return r;
        if (access(path, F_OK) < 0)
                return 0;

        return curl_easy_setopt(curl, CURLOPT_CAINFO, path) == CURLE_OK ? 0 : -ENOMEM;
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

static int set_headers(CURL *curl, const HttpRequest *q, const char *bearer, struct curl_slist **headers) {
        int r = q->accept ? add_header(headers, "Accept: ", q->accept) : 0;
        if (r >= 0 && bearer)
                r = add_header(headers, "Authorization: Bearer ", bearer);
        if (r < 0)
                return r;

        return curl_easy_setopt(curl, CURLOPT_HTTPHEADER, *headers) == CURLE_OK ? 0 : -ENOMEM;
}

static int set_options(CURL *curl, const Url *url, Transfer *t) {
        long seconds = t->request->fd < 0 ? DOCUMENT_SECONDS_MAX : 0;
        CURLcode c = CURLE_OK;

        curl_easy_reset(curl);
        c = c ? c : curl_easy_setopt(curl, CURLOPT_URL, url->text);
        c = c ? c : curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, url->https ? "https" : "http");
        c = c ? c : curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long) CURL_SSLVERSION_TLSv1_2);
        c = c ? c : curl_easy_setopt(curl, CURLOPT_USERAGENT, "gantry/" GANTRY_VERSION);
        c = c ? c : curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
        c = c ? c : curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, t->timeout);
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
        case CURLE_SSL_CONNECT_ERROR: return -EPROTONOSUPPORT;
        case CURLE_OPERATION_TIMEDOUT: return -ETIMEDOUT;
        case CURLE_OUT_OF_MEMORY: return -ENOMEM;
        default: return -EIO;
        }
}

static int explain(Transfer *t, CURLcode code, char **reterr_why) {
        if (t->error < 0) {
                if (reterr_why)
                        *reterr_why = TAKE_PTR(t->why);
                return t->error;
        }

        const char *text = t->curl_error[0] != '\0' ? t->curl_error : curl_easy_strerror(code);
        if (reterr_why) {
                int r = str_copy(text, reterr_why);
                if (r < 0)
                        return r;
                str_to_line(*reterr_why);
        }

        return error_of(code);
}

/* What curl is content with may still be too short: bodies without Content-Length, and empty ones, for
 * which no callback came. */
static int check_complete(Transfer *t) {
        const HttpRequest *q = t->request;

        if (status_of(t->curl) != 200 || !q->exact || t->received == q->limit)
                return 0;

        give_up(t, -EPROTO, "only %llu of %llu bytes", (unsigned long long) t->received,
                (unsigned long long) q->limit);
        return t->error;
}

/* One request, no redirects. */
static int perform(Http *h, const Url *url, const char *bearer, Transfer *t, char **reterr_why) {
        struct curl_slist *headers = NULL;

        int r = set_options(h->curl, url, t);
        if (r >= 0)
                r = set_authority(h->curl, url);
        if (r >= 0)
                r = set_headers(h->curl, t->request, bearer, &headers);
        if (r >= 0) {
                CURLcode code = curl_easy_perform(h->curl);
                /* An endless body of an answer that is not wanted anyway was cut off; the answer stands. */
                bool cut = code == CURLE_WRITE_ERROR && t->error == 0;

                if ((code != CURLE_OK && !cut) || check_complete(t) < 0)
                        r = explain(t, code, reterr_why);
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

static int answer(Transfer *t, const Url *url, HttpResponse *ret) {
        _cleanup_free_ char *from = NULL;

        int r = str_copy(url->authority, &from);
        if (r < 0)
                return r;

        *ret = (HttpResponse) {
                .status = status_of(t->curl),
                .from = TAKE_PTR(from),
                .challenge = TAKE_PTR(t->challenge),
                .body = TAKE_BLOB(t->body),
        };
        return 0;
}

int http_get(Http *h, const HttpRequest *request, HttpResponse *ret, char **reterr_why) {
        _cleanup_url_ Url url = {};

        int r = url_parse(request->url->text, /* base= */ NULL, &url);
        if (r < 0)
                return r;

        for (unsigned redirects = 0; redirects <= REDIRECTS_MAX; redirects++) {
                _cleanup_(transfer_done) Transfer t = {
                        .request = request,
                        .curl = h->curl,
                        .timeout = h->timeout,
                        .last_byte = now(),
                };

                r = perform(h, &url, url_same_origin(&url, request->url) ? request->bearer : NULL, &t,
                            reterr_why);
                if (r < 0)
                        return r;
                if (!is_redirect(status_of(h->curl)) || !t.location)
                        return answer(&t, &url, ret);

                r = follow(&t, &url, reterr_why);
                if (r < 0)
                        return r;
        }

        return refuse(reterr_why, "redirected more than 5 times, last to", url.authority);
}
