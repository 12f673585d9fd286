/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the test of what the metadata service answers: metadata/document.h, answer.h, keeper.h and connection.h.
 * Never: enters a cage: test/system/test-metadata.sh runs the program.
 * Follows: App Container spec 0.8.11, ace.md, "App Container Metadata Service". */

#include "scratch.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "metadata/connection.h"
#include "pod/metadata.h"
#include "pod/pod-commit.h"

#define UUID "6733c088-a507-4694-aabf-edbe4fc5266f"
#define OTHER_UUID "0aaf0a79-1a39-4d59-abbf-1bebca8209d2"
#define TOKEN "0123456789abcdef0123456789abcdef"
#define ID                                                                                                  \
        "sha512-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789" \
        "abcdef0123456789abcdef0123456789abcdef"
#define JSON_TYPE "application/json"
#define TEXT_TYPE "text/plain; charset=us-ascii"

static const char pod_json[] = "{ \"acVersion\": \"0.8.11\",\n\"acKind\" : \"PodManifest\", \"apps\": ["
                               "{\"name\":\"web\",\"image\":{\"id\":\"" ID "\"},\"annotations\":["
                               "{\"name\":\"new\",\"value\":\"<3>\"},{\"name\":\"b\",\"value\":\"pod's\"}]},"
                               "{\"name\":\"bare\",\"image\":{\"id\":\"" ID "\"}},"
                               "{\"name\":\"empty\",\"image\":{\"id\":\"" ID "\"}}]}";
static const char web_manifest[] = "{\"acKind\":\"ImageManifest\", \"acVersion\":\"0.8.11\",\"name\":\"a\","
                                   "\"annotations\":[{\"name\":\"a\",\"value\":\"1\"},"
                                   "{\"name\":\"b\",\"value\":\"2\"},{\"name\":\"c\",\"value\":\"3\"}]}\n";
static const char bare_manifest[] = "{\"acKind\":\"ImageManifest\",\"acVersion\":\"0.8.11\",\"name\":\"a\"}";
static const char empty_manifest[] = "{\"acKind\":\"ImageManifest\",\"acVersion\":\"0.8.11\",\"name\":\"a\","
                                     "\"annotations\":[]}";

static MetadataPod pod;
static Store *store;
static pid_t keeper;

static Blob blob_of(const char *text) {
        return (Blob) { .data = strdup(text), .size = strlen(text) };
}

static void make_documents(const char *manifest, Documents *ret) {
        Blob document = blob_of(manifest),
             images[] = { blob_of(web_manifest), blob_of(bare_manifest), blob_of(empty_manifest) };
        _cleanup_free_ char *why = NULL;

        int r = documents_make(UUID, &document, images, ret, &why);
        if (r < 0)
                fail_msg("%d: %s", r, why);
        blob_done(&document);
        for (size_t i = 0; i < ELEMENTSOF(images); i++)
                blob_done(&images[i]);
}

static void make_pod(const char *uuid, const char *key) {
        _cleanup_pod_dir_ PodDir p = { .fd = -EBADF };

        assert_return_code(pod_dir_create_as(store_pods_fd(store), uuid, &p), 0);
        if (key)
                assert_return_code(file_create_at(p.fd, HMAC_KEY_FILE, key, strlen(key), 0400), 0);
}

static int setup(void **state) {
        static const char key[] = "0123456789012345678901234567890123456789012345678901234567890123",
                          other[] = "x123456789012345678901234567890123456789012345678901234567890123";
        int sockets[2];

        if (scratch_setup(state) < 0 || store_open(scratch_path("store"), STORE_CREATE, &store) < 0 ||
            socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0)
                return -1;
        make_pod(UUID, key);
        make_pod(OTHER_UUID, other);
        make_pod("00000000-0000-4000-8000-000000000000", NULL);

        keeper = fork();
        if (keeper == 0) {
                fd_close(sockets[1]);
                _exit(keeper_serve(sockets[0], store, UUID) < 0);
        }
        fd_close(sockets[0]);
        pod = (MetadataPod) { .token = TOKEN, .keeper = sockets[1] };
        make_documents(pod_json, &pod.documents);
        return 0;
}

static int teardown(void **state) {
        int status;

        documents_done(&pod.documents);
        fd_close(pod.keeper);
        assert_int_equal(waitpid(keeper, &status, 0), keeper);
        assert_int_equal(status, 0);
        store = store_close(store);
        return scratch_teardown(state);
}

static void ask(HttpMethod method, const char *target, const char *body, Answer *ret) {
        HttpRequest q = {
                .method = method,
                .target = cursor_of(target, strlen(target)),
                .body = cursor_of(body, strlen(body)),
        };

        answer_make(&pod, &q, ret);
}

static void expect(const char *path, const char *type, const char *body) {
        _cleanup_free_ char *target = NULL;
        Answer a;

        assert_return_code(str_printf(&target, "/" TOKEN METADATA_PATH "%s", path), 0);
        ask(HTTP_GET, target, "", &a);
        assert_int_equal(a.status, 200);
        assert_string_equal(a.type, type);
        assert_int_equal(a.size, strlen(body));
        assert_memory_equal(a.body, body, a.size);
}

static unsigned status_of(HttpMethod method, const char *target, const char *body) {
        Answer a;

        ask(method, target, body, &a);
        assert_true(a.status == 200 || (!a.type && a.size == 0));
        return a.status;
}

#define BASE "/" TOKEN METADATA_PATH

static void test_documents(void **state) {
        expect("/pod/uuid", TEXT_TYPE, UUID);
        expect("/pod/manifest", JSON_TYPE, pod_json);
        expect("/apps/web/image/manifest", JSON_TYPE, web_manifest);
        expect("/apps/bare/image/manifest", JSON_TYPE, bare_manifest);
        expect("/apps/web/image/id", TEXT_TYPE, ID);
}

/* In the image's order, with the pod's values in place, and what is new behind. */
static void test_annotations(void **state) {
        expect("/apps/web/annotations", JSON_TYPE,
               "[{\"name\":\"a\",\"value\":\"1\"},{\"name\":\"b\",\"value\":\"pod's\"},"
               "{\"name\":\"c\",\"value\":\"3\"},{\"name\":\"new\",\"value\":\"<3>\"}]");
        expect("/apps/bare/annotations", JSON_TYPE, "null");
        expect("/apps/empty/annotations", JSON_TYPE, "[]");
        expect("/pod/annotations", JSON_TYPE, "null");
}

static void test_annotations_of_the_pod(void **state) {
        static const char start[] = "{\"acVersion\":\"0.8.11\",\"acKind\":\"PodManifest\",\"apps\":[],"
                                    "\"annotations\":";
        static const char *const cases[][2] = {
                { "null", "null" },
                { "[]", "[]" },
                { "[ {\"value\":\"1\", \"name\":\"a\"} ]", "[{\"value\":\"1\",\"name\":\"a\"}]" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_free_ char *text = NULL;

                documents_done(&pod.documents);
                assert_return_code(str_printf(&text, "%s%s}", start, cases[i][0]), 0);
                make_documents(text, &pod.documents);
                expect("/pod/annotations", JSON_TYPE, cases[i][1]);
        }
}

/* Its annotations are others than appc's, and may be in its manifest in another form. */
static void test_an_oci_image(void **state) {
        static const char id[] = "sha256-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
                          manifest[] = "{\"annotations\":{\"a\":\"b\"}}";
        _cleanup_free_ char *text = NULL, *why = NULL;
        _cleanup_blob_ Blob document = {}, image = blob_of(manifest);

        assert_return_code(str_printf(&text,
                                      "{\"acVersion\":\"0.8.11\",\"acKind\":\"PodManifest\",\"apps\":[{"
                                      "\"name\":\"web\",\"image\":{\"id\":\"%s\"}}]}",
                                      id),
                           0);
        document = blob_of(text);
        documents_done(&pod.documents);
        assert_return_code(documents_make(UUID, &document, &image, &pod.documents, &why), 0);
        expect("/apps/web/image/id", TEXT_TYPE, id);
        expect("/apps/web/image/manifest", JSON_TYPE, manifest);
        expect("/apps/web/annotations", JSON_TYPE, "null");
}

static void test_what_is_not_there(void **state) {
        assert_int_equal(status_of(HTTP_GET, "/", ""), 403);
        assert_int_equal(status_of(HTTP_GET, METADATA_PATH "/pod/uuid", ""), 403);
        assert_int_equal(status_of(HTTP_GET, "/1123456789abcdef0123456789abcdef" METADATA_PATH "/pod/uuid",
                                   ""),
                         403);
        assert_int_equal(status_of(HTTP_GET, "/" TOKEN, ""), 404);
        assert_int_equal(status_of(HTTP_GET, "/" TOKEN "/acMetadata/v2/pod/uuid", ""), 404);
        assert_int_equal(status_of(HTTP_GET, BASE, ""), 404);
        assert_int_equal(status_of(HTTP_GET, BASE "/pod", ""), 404);
        assert_int_equal(status_of(HTTP_GET, BASE "/pod/uuid/", ""), 404);
        assert_int_equal(status_of(HTTP_GET, BASE "/pod/uuid?x", ""), 404);
        assert_int_equal(status_of(HTTP_GET, BASE "/apps/none/image/id", ""), 404);
        assert_int_equal(status_of(HTTP_GET, BASE "/apps/../pod/uuid", ""), 404);
        assert_int_equal(status_of(HTTP_POST, BASE "/pod/uuid", ""), 405);
        assert_int_equal(status_of(HTTP_POST, BASE "/nothing", ""), 404);
        assert_int_equal(status_of(HTTP_GET, BASE "/pod/hmac/sign", ""), 405);
        assert_int_equal(status_of(HTTP_HEAD, BASE "/pod/uuid", ""), 200);
}

static unsigned verify(const char *uuid, const char *content, const char *signature) {
        _cleanup_free_ char *form = NULL;

        assert_return_code(str_printf(&form, "uuid=%s&content=%s&signature=", uuid, content), 0);
        for (const char *p = signature; *p; p++) {
                char *grown;
                assert_return_code(str_printf(&grown, *p == '+' ? "%s%%2B" : "%s%c", form, *p), 0);
                free(form);
                form = grown;
        }

        return status_of(HTTP_POST, BASE "/pod/hmac/verify", form);
}

static void test_signatures(void **state) {
        char signature[HMAC_SIZE * 2];
        Answer a;

        ask(HTTP_POST, BASE "/pod/hmac/sign", "content=Old+MacDonald+Had+A+Farm", &a);
        assert_int_equal(a.status, 200);
        assert_string_equal(a.type, TEXT_TYPE);
        assert_int_equal(a.size, 88);
        (void) snprintf(signature, sizeof(signature), "%.*s", (int) a.size, (const char *) a.body);
        /* printf 'Old MacDonald Had A Farm' | openssl dgst -sha512 -hmac 0123…3 -binary | base64 */
        assert_string_equal(
                        signature,
                        "SIrH41JIAuUkvjYR1fJvz2Pe1vX++55/EWHIHJGk0rnutw5JNN1SGxwhXFT0vr7aLDjtCuu1LwsjwVQEOvfSew==");

        assert_int_equal(verify(UUID, "Old+MacDonald+Had+A+Farm", signature), 200);
        assert_int_equal(verify("6733C088A5074694AABFEDBE4FC5266F", "Old+MacDonald+Had+A+Farm", signature),
                         200);
        assert_int_equal(verify(UUID, "Old+MacDonald+Had+No+Farm", signature), 403);
        assert_int_equal(verify(OTHER_UUID, "Old+MacDonald+Had+A+Farm", signature), 403);
        assert_int_equal(verify("00000000-0000-4000-8000-000000000000", "a", signature), 403);
        assert_int_equal(verify("00000000-0000-4000-8000-000000000001", "a", signature), 403);
        assert_int_equal(verify("../" UUID, "a", signature), 403);
        assert_int_equal(verify(UUID "%00", "Old+MacDonald+Had+A+Farm", signature), 403);
        assert_int_equal(verify(UUID, "a", "AAAA"), 403);
        assert_int_equal(verify(UUID, "a", "not base64"), 403);
        assert_int_equal(verify(UUID, "a", ""), 403);
}

/* As the specification's own validator wants it. */
static void test_a_signature_that_is_right_has_a_type(void **state) {
        Answer a;

        ask(HTTP_POST, BASE "/pod/hmac/verify",
            "content=&uuid=" OTHER_UUID
            "&signature=EXXO7K2gngaOUJgtdBesC6pzJQfYpQWdYimbtcsqMfycNy17Ex3U79URr8E63ds5PGMRFSMGx0rchq3k2F5D5w%3D%3D",
            &a);
        assert_int_equal(a.status, 200);
        assert_string_equal(a.type, TEXT_TYPE);
        assert_int_equal(a.size, 0);
}

static void test_forms_that_are_wrong(void **state) {
        assert_int_equal(status_of(HTTP_POST, BASE "/pod/hmac/sign", ""), 400);
        assert_int_equal(status_of(HTTP_POST, BASE "/pod/hmac/sign", "content=%"), 400);
        assert_int_equal(status_of(HTTP_POST, BASE "/pod/hmac/sign", "content=a&content=b"), 400);
        assert_int_equal(status_of(HTTP_POST, BASE "/pod/hmac/verify", "content=a&uuid=" UUID), 400);
        assert_int_equal(status_of(HTTP_POST, BASE "/pod/hmac/verify", "content=a&signature=AAAA"), 400);
}

/* What a client sends in however many parts, and what it gets. */
static void converse(const char *text, size_t step, const char *expected) {
        static char answer[4096];
        size_t n = 0, length = strlen(text);
        Connection c;
        int fds[2];

        assert_return_code(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), errno);
        connection_open(&c, fds[0], 0);
        for (size_t i = 0; i < length && c.fd >= 0; i += step) {
                size_t size = MIN(step, length - i);

                assert_int_equal(send(fds[1], text + i, size, MSG_NOSIGNAL), size);
                for (unsigned turns = 0; turns < 10 && c.fd >= 0; turns++)
                        connection_dispatch(&c, &pod, 0);
        }
        connection_close(&c);

        for (ssize_t r; (r = read(fds[1], answer + n, sizeof(answer) - 1 - n)) > 0; n += r)
                ;
        answer[n] = '\0';
        fd_close(fds[1]);
        assert_string_equal(answer, expected);
}

static void test_connections(void **state) {
        static const char uuid[] =
                        "HTTP/1.1 200 OK\r\nContent-Type: " TEXT_TYPE "\r\nContent-Length: 36\r\n",
                          get[] = "GET " BASE "/pod/uuid HTTP/1.1\r\nHost: a\r\n",
                          last[] = "Connection: close\r\n";
        _cleanup_free_ char *both = NULL, *answers = NULL;

        assert_return_code(
                        str_printf(&both,
                                   "%s\r\nPOST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc%s%s\r\n%s",
                                   get, get, last, get),
                        0);
        assert_return_code(str_printf(&answers,
                                      "%s\r\n" UUID
                                      "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n%s%s\r\n" UUID,
                                      uuid, uuid, last),
                           0);
        for (size_t step = 1; step < 300; step++)
                converse(both, step, answers);

        converse("HEAD " BASE "/pod/uuid HTTP/1.0\r\n\r\n", 100,
                 "HTTP/1.1 200 OK\r\nContent-Type: " TEXT_TYPE
                 "\r\nContent-Length: 36\r\nConnection: close\r\n\r\n");
        converse("nonsense\r\n\r\n", 100,
                 "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        converse("POST " BASE "/pod/uuid HTTP/1.1\r\nHost: a\r\n\r\n", 100,
                 "HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\nAllow: GET, HEAD, POST\r\n\r\n");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_documents, setup, teardown),
                cmocka_unit_test_setup_teardown(test_annotations, setup, teardown),
                cmocka_unit_test_setup_teardown(test_annotations_of_the_pod, setup, teardown),
                cmocka_unit_test_setup_teardown(test_an_oci_image, setup, teardown),
                cmocka_unit_test_setup_teardown(test_what_is_not_there, setup, teardown),
                cmocka_unit_test_setup_teardown(test_signatures, setup, teardown),
                cmocka_unit_test_setup_teardown(test_a_signature_that_is_right_has_a_type, setup, teardown),
                cmocka_unit_test_setup_teardown(test_forms_that_are_wrong, setup, teardown),
                cmocka_unit_test_setup_teardown(test_connections, setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
