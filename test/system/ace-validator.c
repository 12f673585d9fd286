/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what an app of an appc pod has to find around itself: the checks of the specification's own validator, in its order and with
 *       its time limits. `ace-validator main|sidekick|prestart|poststop` prints "MODE OK", or what is wrong, and exits 0 or 1.
 * Never: knows anything of gantry; static, so that it is all that there is in its image.
 * Follows: App Container spec 0.8.11, ace.md; what its validator asks for, shared by two images and a pod with the volume `database`. */

#include <arpa/inet.h>
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define JSON_TYPE "application/json"
#define TEXT_TYPE "text/plain; charset=us-ascii"
#define REQUEST_MSEC 100
#define WAIT_MSEC 5000

static unsigned failures;

__attribute__((format(printf, 1, 2))) static void fail(const char *format, ...) {
        va_list arguments;

        va_start(arguments, format);
        fputs("==> ", stderr);
        vfprintf(stderr, format, arguments);
        fputc('\n', stderr);
        va_end(arguments);
        failures++;
}

static bool exists(const char *path) {
        struct stat st;

        if (stat(path, &st) == 0)
                return true;
        if (errno != ENOENT)
                fail("stat '%s': %m", path);
        return false;
}

static void must_exist(const char *path) {
        if (!exists(path))
                fail("'%s' is not there", path);
}

static void must_be_missing(const char *path) {
        if (exists(path))
                fail("'%s' is there", path);
}

static void must_be_made(const char *path) {
        must_be_missing(path);

        FILE *f = fopen(path, "w");
        if (!f)
                fail("create '%s': %m", path);
        else
                fclose(f);
}

static void must_come(const char *path) {
        for (unsigned i = 0; i < WAIT_MSEC; i++) {
                if (exists(path))
                        return;
                usleep(1000);
        }

        fail("'%s' does not come", path);
}

static void must_be_mounted(const char *path) {
        char line[4096], place[1024], options[1024];
        bool mounted = false, read_only = false;

        FILE *f = fopen("/proc/self/mountinfo", "r");
        while (f && fgets(line, sizeof(line), f))
                if (sscanf(line, "%*d %*d %*s %*s %1023s %1023s", place, options) == 2 &&
                    strcmp(place, path) == 0) {
                        mounted = true;
                        read_only = strncmp(options, "ro", 2) == 0;
                }
        if (f)
                fclose(f);
        if (!mounted || read_only)
                fail("'%s' is %s", path, mounted ? "read-only" : "no mount point");
}

static void must_be_set(const char *variable, const char *value) {
        const char *is = getenv(variable);

        if (!is || strcmp(is, value) != 0)
                fail("%s is '%s' instead of '%s'", variable, is ? is : "", value);
}

static void must_be_in(const char *directory) {
        char path[PATH_MAX];

        if (!getcwd(path, sizeof(path)) || strcmp(path, directory) != 0)
                fail("the working directory is not '%s'", directory);
}

static struct sockaddr_in service;
static char token[256];

/* "http://ADDRESS:PORT/TOKEN" */
static bool find_service(void) {
        const char *url = getenv("AC_METADATA_URL");
        char address[64];
        unsigned port;

        if (!url || sscanf(url, "http://%63[0-9.]:%u%255s", address, &port, token) != 3) {
                fail("AC_METADATA_URL is '%s'", url ? url : "");
                return false;
        }

        service = (struct sockaddr_in) { .sin_family = AF_INET, .sin_port = htons(port) };
        return inet_pton(AF_INET, address, &service.sin_addr) == 1;
}

static long long now_msec(void) {
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* All that comes until the other side has said its last word; owned by the caller. */
static char *converse(const char *request, size_t *ret_size) {
        const struct timeval patience = { .tv_usec = REQUEST_MSEC * 1000 };
        size_t size = 0, room = 8 * 1024 * 1024;
        char *answer = malloc(room);
        ssize_t n = -1;

        int fd = socket(AF_INET, SOCK_STREAM, 0);
        (void) setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
        if (connect(fd, (struct sockaddr *) &service, sizeof(service)) == 0 &&
            send(fd, request, strlen(request), 0) == (ssize_t) strlen(request))
                while ((n = recv(fd, answer + size, room - 1 - size, 0)) > 0)
                        size += n;
        close(fd);
        if (n < 0) {
                free(answer);
                return NULL;
        }

        answer[size] = '\0';
        *ret_size = size;
        return answer;
}

static bool has_type(const char *head, const char *type) {
        char line[256];

        (void) snprintf(line, sizeof(line), "\r\nContent-Type: %s\r\n", type);
        return strstr(head, line);
}

/* The body of an answer that is right in all else; owned by the caller. */
static char *request(const char *method, const char *path, const char *form, const char *type,
                     size_t *ret_size) {
        static char text[64 * 1024];
        long long begin = now_msec();
        char *answer, *body;
        size_t size;

        (void) snprintf(text, sizeof(text),
                        "%s %s/acMetadata/v1%s HTTP/1.1\r\nHost: metadata\r\nConnection: close\r\n"
                        "Metadata-Flavor: AppContainer\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                        "Content-Length: %zu\r\n\r\n%s",
                        method, token, path, strlen(form), form);
        answer = converse(text, &size);
        if (!answer || now_msec() - begin > REQUEST_MSEC) {
                fail("%s %s: no answer within %d ms", method, path, REQUEST_MSEC);
                free(answer);
                return NULL;
        }

        body = strstr(answer, "\r\n\r\n");
        if (!body || strncmp(answer, "HTTP/1.1 200 ", 13) != 0) {
                fail("%s %s: %.60s", method, path, answer);
                free(answer);
                return NULL;
        }
        body[2] = '\0';
        if (!has_type(answer, type))
                fail("%s %s: not of type %s", method, path, type);
        body += 4;
        *ret_size = size - (body - answer);
        memmove(answer, body, *ret_size + 1);
        return answer;
}

static char *get(const char *path, const char *type, size_t *ret_size) {
        return request("GET", path, "", type, ret_size);
}

static json_t *get_json(const char *path) {
        size_t size;
        char *text = get(path, JSON_TYPE, &size);
        json_t *document = text ? json_loadb(text, size, JSON_DECODE_ANY, NULL) : NULL;

        if (text && !document)
                fail("%s is not JSON", path);
        free(text);
        return document;
}

static const char *text_of(json_t *object, const char *key) {
        const char *text = json_string_value(json_object_get(object, key));
        return text ? text : "";
}

static void must_be_a_uuid(const char *text, size_t size) {
        static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
        bool good = size == strlen(form);

        for (size_t i = 0; good && i < size; i++)
                good = form[i] == '-' ? text[i] == '-' : strchr("0123456789abcdefABCDEF", text[i]) != NULL;
        if (!good)
                fail("/pod/uuid is '%s'", text);
}

/* Of those that there are, absent ones and null are the same. */
static void check_pod(json_t *pod) {
        json_t *of_manifest = json_object_get(pod, "annotations"), *annotations;
        size_t size;

        char *uuid = get("/pod/uuid", TEXT_TYPE, &size);
        if (!uuid)
                return;
        must_be_a_uuid(uuid, size);
        free(uuid);

        annotations = get_json("/pod/annotations");
        if (annotations && !json_equal(annotations, of_manifest ? of_manifest : json_null()))
                fail("the pod's annotations are not those of its manifest");
        json_decref(annotations);
}

/* In place of one of that name, or behind all. */
static void set_annotation(json_t *list, json_t *annotation) {
        json_t *other;
        size_t i;

        json_array_foreach(list, i,
                           other) if (strcmp(text_of(other, "name"), text_of(annotation, "name")) == 0) {
                (void) json_object_set(other, "value", json_object_get(annotation, "value"));
                return;
        }
        (void) json_array_append(list, annotation);
}

static void check_annotations(json_t *app, json_t *image) {
        json_t *of_image = json_object_get(image, "annotations"),
               *expected = json_is_array(of_image) ? json_deep_copy(of_image) : json_array(), *annotation,
               *is;
        char path[512];
        size_t i;

        json_array_foreach(json_object_get(app, "annotations"), i, annotation)
                        set_annotation(expected, annotation);
        (void) snprintf(path, sizeof(path), "/apps/%s/annotations", text_of(app, "name"));
        is = get_json(path);
        if (is && !json_equal(is, expected) && !(json_array_size(expected) == 0 && json_array_size(is) == 0))
                fail("%s is not what its manifests say", path);

        json_decref(is);
        json_decref(expected);
}

static void check_app(json_t *app) {
        const char *name = text_of(app, "name"), *expected = text_of(json_object_get(app, "image"), "id");
        char path[512];
        json_t *image;
        size_t size;

        (void) snprintf(path, sizeof(path), "/apps/%s/image/manifest", name);
        image = get_json(path);
        if (!image)
                return;
        if (strcmp(text_of(image, "acKind"), "ImageManifest") != 0)
                fail("%s is no image manifest", path);

        (void) snprintf(path, sizeof(path), "/apps/%s/image/id", name);
        char *id = get(path, TEXT_TYPE, &size);
        if (!id || strcmp(id, expected) != 0)
                fail("%s is '%s' instead of '%s'", path, id ? id : "", expected);
        free(id);

        check_annotations(app, image);
        json_decref(image);
}

static void encode(const char *text, FILE *f) {
        for (; *text; text++)
                fprintf(f, "%%%02X", (unsigned char) *text);
}

static void check_signing(void) {
        static const char content[] = "Old+MacDonald+Had+A+Farm";
        char form[1024], *uuid, *signature = NULL, *answer;
        size_t size;

        uuid = get("/pod/uuid", TEXT_TYPE, &size);
        (void) snprintf(form, sizeof(form), "content=%s", content);
        if (uuid)
                signature = request("POST", "/pod/hmac/sign", form, TEXT_TYPE, &size);
        if (signature) {
                FILE *f = fmemopen(form, sizeof(form), "w");

                fprintf(f, "content=%s&uuid=", content);
                encode(uuid, f);
                fputs("&signature=", f);
                encode(signature, f);
                fclose(f);
                answer = request("POST", "/pod/hmac/verify", form, TEXT_TYPE, &size);
                free(answer);
        }
        free(signature);
        free(uuid);
}

static void check_metadata(void) {
        json_t *pod = find_service() ? get_json("/pod/manifest") : NULL, *app;
        size_t i;

        if (!pod)
                return;
        if (strcmp(text_of(pod, "acKind"), "PodManifest") != 0)
                fail("/pod/manifest is no pod manifest");
        check_pod(pod);
        json_array_foreach(json_object_get(pod, "apps"), i, app) check_app(app);
        check_signing();
        json_decref(pod);
}

static void check_main(void) {
        must_exist("/prestart");
        must_be_made("/main");
        must_be_missing("/poststop");
        must_be_set("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        must_be_in("/opt/acvalidator");
        must_be_set("IN_ACE_VALIDATOR", "correct");
        must_be_mounted("/db");
        must_be_set("AC_APP_NAME", "ace-validator-main");
        check_metadata();
        must_come("/db/sidekick");
        must_be_made("/db/main");
}

static void check_sidekick(void) {
        must_be_made("/db/sidekick");
        must_come("/db/main");
}

static void check_prestart(void) {
        must_be_made("/prestart");
        must_be_missing("/main");
        must_be_missing("/poststop");
}

static void check_poststop(void) {
        must_exist("/prestart");
        must_exist("/main");
        must_be_made("/poststop");
}

int main(int argc, char **argv) {
        static const struct {
                const char *name;
                void (*check)(void);
        } modes[] = {
                { "main", check_main },
                { "sidekick", check_sidekick },
                { "prestart", check_prestart },
                { "poststop", check_poststop },
        };

        for (size_t i = 0; argc == 2 && i < sizeof(modes) / sizeof(modes[0]); i++)
                if (strcmp(argv[1], modes[i].name) == 0) {
                        modes[i].check();
                        printf("%s %s\n", argv[1], failures ? "FAIL" : "OK");
                        fflush(stdout);
                        return failures > 0;
                }

        fputs("Usage: ace-validator main|sidekick|prestart|poststop\n", stderr);
        return 64;
}
