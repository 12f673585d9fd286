/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the test of registry/lookup.h and registry/certificates.h.
 * Never: looks at the machine's own configuration.
 * Follows: STYLE.md, "Tests". */

#include "scratch.h"

#include "basic/fd.h"
#include "basic/str.h"
#include "registry/certificates.h"
#include "registry/credential-agent.h"
#include "registry/lookup.h"

#define RULES "etc/gantry/registries.d/"
#define PEM "-----BEGIN CERTIFICATE-----\n"

static FetchLimits limits;

static int setup(void **state) {
        if (scratch_setup(state) < 0 || mkdir_parents(scratch_path(RULES), 0755) < 0)
                return -1;

        limits = fetch_limits_default();
        scratch_write("auth.json", "{}");
        return setenv("GANTRY_CONFIG_ROOT", scratch.path, 1);
}

static int start_agent(void) {
        int agent = -EBADF;

        assert_int_equal(credential_agent_start(scratch_path("auth.json"), &agent), 0);
        return agent;
}

static int look(const char *reference, Access *ret, char **reterr_why) {
        _cleanup_reference_ Reference *ref = NULL;
        _cleanup_close_ int agent = start_agent();

        assert_int_equal(reference_parse(reference, &ref, NULL), 0);
        return access_for_image(ref, agent, &limits, /* plain_http= */ false, ret, reterr_why);
}

static int look_at_host(const char *host, bool plain_http, Access *ret, char **reterr_why) {
        _cleanup_close_ int agent = start_agent();

        return access_for_host(host, agent, &limits, plain_http, ret, reterr_why);
}

static void is_place(const Endpoint *e, const char *host, const char *repository, bool plain_http) {
        assert_string_equal(e->host, host);
        if (repository)
                assert_string_equal(e->repository, repository);
        else
                assert_null(e->repository);
        assert_int_equal(e->plain_http, plain_http);
}

static void test_plain(void **state) {
        _cleanup_access_ Access quay = {}, hub = {}, local = {};

        limits.timeout = 7;
        assert_int_equal(look("quay.io/a/b:1", &quay, NULL), 0);
        assert_int_equal(quay.n_endpoints, 1);
        is_place(&quay.endpoints[0], "quay.io", "a/b", false);
        assert_null(quay.endpoints[0].user);
        assert_null(quay.endpoints[0].authorities);
        assert_int_equal(quay.limits.timeout, 7);

        assert_int_equal(look("busybox", &hub, NULL), 0);
        is_place(&hub.endpoints[0], "registry-1.docker.io", "library/busybox", false);
        assert_int_equal(look("localhost:5000/a", &local, NULL), 0);
        is_place(&local.endpoints[0], "localhost:5000", "a", true);
}

static void test_mirrors(void **state) {
        _cleanup_access_ Access a = {}, other = {};

        scratch_write(RULES "a.conf",
                      "[Registry]\nPrefix=quay.io/team\nLocation=real.example/t\nInsecure=yes\n"
                      "[Mirror]\nLocation=m1.example:5000\nPullFrom=digest\n"
                      "[Mirror]\nLocation=docker.io/library\nInsecure=yes\n"
                      "[Mirror]\nLocation=127.0.0.1:5000/x/y\n");
        scratch_write("auth.json", "{\"auths\":{\"quay.io\":{\"username\":\"quay\",\"password\":\"p\"},"
                                   "\"m1.example:5000\":{\"username\":\"m1\",\"password\":\"p\"},"
                                   "\"https://index.docker.io/v1/\":{\"identitytoken\":\"t\"},"
                                   "\"real.example/t/web\":{\"username\":\"real\",\"password\":\"p\"}}}");
        assert_int_equal(look("quay.io/team/web", &a, NULL), 0);
        assert_int_equal(a.n_endpoints, 4);
        is_place(&a.endpoints[0], "m1.example:5000", "web", false);
        assert_int_equal(a.endpoints[0].use, ENDPOINT_DIGEST);
        assert_string_equal(a.endpoints[0].user, "m1");
        assert_string_equal(a.endpoints[0].password, "p");
        is_place(&a.endpoints[1], "registry-1.docker.io", "library/web", true);
        assert_null(a.endpoints[1].user);
        assert_string_equal(a.endpoints[1].identity_token, "t");
        is_place(&a.endpoints[2], "127.0.0.1:5000", "x/y/web", true);
        assert_null(a.endpoints[2].user);
        is_place(&a.endpoints[3], "real.example", "t/web", true);
        assert_int_equal(a.endpoints[3].use, ENDPOINT_ALL);
        assert_string_equal(a.endpoints[3].user, "real");

        assert_int_equal(look("quay.io/other", &other, NULL), 0);
        assert_int_equal(other.n_endpoints, 1);
        assert_string_equal(other.endpoints[0].user, "quay");
}

/* Under the image's own name, whatever else the rule says. */
static void test_lookaside(void **state) {
        _cleanup_access_ Access hub = {}, web = {}, none = {}, blocked = {};
        _cleanup_free_ char *why = NULL;

        scratch_write(RULES "a.conf", "[Registry]\nPrefix=docker.io\nLocation=mirror.example/hub\n"
                                      "Lookaside=file:///srv/signatures\n");
        scratch_write(RULES "b.conf", "[Registry]\nPrefix=quay.io/team\nInsecure=yes\n"
                                      "Lookaside=http://S.example:81/x\n");
        scratch_write(RULES "c.conf", "[Registry]\nPrefix=quay.io/other\n");
        scratch_write(RULES "d.conf", "[Registry]\nPrefix=quay.io/evil\nLookaside=https://evil.example\n");
        scratch_write(RULES "e.conf", "[Registry]\nPrefix=evil.example\nBlocked=yes\n");
        scratch_write("auth.json", "{\"auths\":{\"quay.io\":{\"username\":\"quay\",\"password\":\"p\"},"
                                   "\"s.example:81\":{\"username\":\"s\",\"password\":\"p\"}}}");

        assert_int_equal(look("busybox:1", &hub, NULL), 0);
        assert_string_equal(hub.lookaside.url, "file:///srv/signatures");
        assert_string_equal(hub.lookaside.repository, "library/busybox");
        assert_null(hub.lookaside.host.host);

        assert_int_equal(look("quay.io/team/web", &web, NULL), 0);
        assert_string_equal(web.lookaside.url, "http://S.example:81/x");
        assert_string_equal(web.lookaside.repository, "team/web");
        is_place(&web.lookaside.host, "s.example:81", NULL, true);
        assert_string_equal(web.lookaside.host.user, "s");

        assert_int_equal(look("quay.io/other", &none, NULL), 0);
        assert_null(none.lookaside.url);
        assert_int_equal(look("quay.io/evil", &blocked, &why), -EPERM);
        assert_non_null(strstr(why, "evil.example is blocked by"));
}

static void test_blocked(void **state) {
        _cleanup_access_ Access a = {}, below = {};
        _cleanup_free_ char *why = NULL, *host = NULL, *expected = NULL;

        scratch_write(RULES "a.conf",
                      "[Registry]\nPrefix=*.evil.example\nBlocked=yes\n[Mirror]\nLocation=m.example\n");
        scratch_write(RULES "b.conf", "[Registry]\nPrefix=good.evil.example\n");
        assert_int_equal(look("x.evil.example/a", &a, &why), -EPERM);
        assert_return_code(str_printf(&expected, "x.evil.example/a is blocked by %s",
                                      scratch_path(RULES "a.conf")),
                           0);
        assert_string_equal(why, expected);
        assert_int_equal(look_at_host("X.evil.example", true, &a, &host), -EPERM);
        assert_null(a.endpoints);
        assert_int_equal(look("good.evil.example/a", &below, NULL), 0);
}

static void test_no_repository_left(void **state) {
        _cleanup_free_ char *why = NULL;
        Access a = {};

        scratch_write(RULES "a.conf", "[Registry]\nPrefix=quay.io/team/web\nLocation=m.example\n");
        assert_int_equal(look("quay.io/team/web", &a, &why), -EBADMSG);
        assert_non_null(strstr(why, "Location=m.example leaves no repository for quay.io/team/web"));
}

static void test_broken_configuration(void **state) {
        _cleanup_free_ char *why = NULL, *host = NULL, *auth = NULL;
        Access a = {};

        scratch_write(RULES "a.conf", "[Registry]\nPrefix=quay.io\nBlockt=yes\n");
        assert_int_equal(look("unrelated.example/x", &a, &why), -EBADMSG);
        assert_non_null(strstr(why, "a.conf: line 3: unknown key: 'Blockt'"));
        assert_int_equal(look_at_host("unrelated.example", false, &a, &host), -EBADMSG);

        scratch_write(RULES "a.conf", "");
        scratch_write("auth.json", "[]");
        assert_int_equal(look("unrelated.example/x", &a, &auth), -EBADMSG);
        assert_non_null(startswith(auth, scratch_path("auth.json")));
        assert_null(a.endpoints);
}

static void test_host(void **state) {
        static const char *const bad[] = { "",   "a b", "a/b", "../x", "user@a.example", "https://a.example",
                                           "a:b" };
        _cleanup_access_ Access a = {}, plain = {}, insecure = {}, moved = {}, hub = {};

        scratch_write(RULES "a.conf",
                      "[Registry]\nPrefix=b.example\nInsecure=yes\n[Mirror]\nLocation=m.example\n");
        scratch_write(RULES "b.conf", "[Registry]\nPrefix=c.example\nLocation=d.example\nInsecure=yes\n");
        scratch_write("auth.json", "{\"auths\":{\"a.example\":{\"username\":\"u\",\"password\":\"p\"},"
                                   "\"docker.io\":{\"username\":\"hub\",\"password\":\"p\"}}}");
        assert_int_equal(look_at_host("A.Example", false, &a, NULL), 0);
        assert_int_equal(a.n_endpoints, 1);
        is_place(&a.endpoints[0], "a.example", NULL, false);
        assert_string_equal(a.endpoints[0].user, "u");
        assert_int_equal(look_at_host("a.example", true, &plain, NULL), 0);
        is_place(&plain.endpoints[0], "a.example", NULL, true);
        assert_int_equal(look_at_host("b.example", false, &insecure, NULL), 0);
        assert_int_equal(insecure.n_endpoints, 1);
        is_place(&insecure.endpoints[0], "b.example", NULL, true);
        assert_int_equal(look_at_host("c.example", false, &moved, NULL), 0);
        is_place(&moved.endpoints[0], "c.example", NULL, false);
        assert_int_equal(look_at_host("docker.io", false, &hub, NULL), 0);
        is_place(&hub.endpoints[0], "registry-1.docker.io", NULL, false);
        assert_string_equal(hub.endpoints[0].user, "hub");

        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                _cleanup_free_ char *why = NULL;
                Access none = {};

                assert_int_equal(look_at_host(bad[i], false, &none, &why), -EINVAL);
                assert_string_equal(why, "not a host");
        }
}

static void test_login(void **state) {
        _cleanup_access_ Access a = {};

        scratch_write("auth.json", "rubbish");
        assert_int_equal(access_for_login("localhost:5000", &limits, "u", "p", &a, NULL), 0);
        assert_int_equal(a.n_endpoints, 1);
        is_place(&a.endpoints[0], "localhost:5000", NULL, true);
        assert_string_equal(a.endpoints[0].user, "u");
        assert_string_equal(a.endpoints[0].password, "p");
}

static void make_directory(const char *name) {
        assert_return_code(mkdir_parents(scratch_path(name), 0755), 0);
}

static void test_certificates(void **state) {
        _cleanup_access_ Access a = {}, hub = {}, other = {};

        make_directory("etc/gantry/certs.d/a.example:5000");
        make_directory("etc/docker/certs.d/a.example:5000");
        make_directory("etc/containers/certs.d/docker.io");
        scratch_write("etc/gantry/certs.d/a.example:5000/ca.crt", PEM "gantry\n");
        scratch_write("etc/docker/certs.d/a.example:5000/ca.crt", PEM "hidden\n");
        scratch_write("etc/docker/certs.d/a.example:5000/more.crt", PEM "docker");
        scratch_write("etc/gantry/certs.d/a.example:5000/client.cert", PEM "ours\n");
        scratch_write("etc/gantry/certs.d/a.example:5000/client.key", "-----BEGIN PRIVATE KEY-----\nk\n");
        scratch_write("etc/gantry/certs.d/a.example:5000/README", "not looked at");
        assert_int_equal(look("a.example:5000/x", &a, NULL), 0);
        assert_string_equal(a.endpoints[0].authorities, PEM "gantry\n\n" PEM "docker");
        assert_string_equal(a.endpoints[0].certificate, PEM "ours\n");
        assert_string_equal(a.endpoints[0].key, "-----BEGIN PRIVATE KEY-----\nk\n");

        scratch_write("etc/containers/certs.d/docker.io/x.crt", PEM);
        assert_int_equal(look("busybox", &hub, NULL), 0);
        assert_string_equal(hub.endpoints[0].authorities, PEM);
        assert_int_equal(look("a.example/x", &other, NULL), 0);
        assert_null(other.endpoints[0].authorities);
}

static void test_bad_certificates(void **state) {
#define HERE "etc/gantry/certs.d/a.example/"
        static const struct {
                const char *file, *text, *why;
        } cases[] = {
                { HERE "ca.crt", "DER", "ca.crt: not PEM" },
                { HERE "ca.crt", "", NULL }, /* masked */
                { HERE "client.cert", PEM, "a *.cert without its *.key" },
                { HERE "client.key", PEM, NULL },
                { HERE "other.key", PEM, "other.key' is another of its kind" },
                { HERE "other.key", "", NULL },
                { HERE "client.cert", "", "a *.key without its *.cert" },
        };

        make_directory(HERE);
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_access_ Access a = {};
                _cleanup_free_ char *why = NULL;

                scratch_write(cases[i].file, cases[i].text);
                int r = look("a.example/x", &a, &why);
                assert_int_equal(r < 0, !!cases[i].why);
                if (r < 0 && !strstr(why, cases[i].why))
                        fail_msg("should say '%s': %s", cases[i].why, why);
        }

        _cleanup_free_ char *why = NULL, *big = malloc(CERTIFICATES_MAX + 1);
        Access a = {};

        assert_non_null(big);
        memset(big, '\n', CERTIFICATES_MAX + 1);
        scratch_write_bytes(HERE "ca.crt", big, CERTIFICATES_MAX + 1);
        assert_true(look("a.example/x", &a, &why) < 0);
        assert_non_null(strstr(why, "ca.crt: File too large"));
        scratch_write_bytes(HERE "ca.crt", PEM "\0x", sizeof(PEM "\0x"));
        free(TAKE_PTR(why));
        assert_int_equal(look("a.example/x", &a, &why), -EBADMSG);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_plain, setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(test_mirrors, setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(test_lookaside, setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(test_blocked, setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(test_no_repository_left, setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(test_broken_configuration, setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(test_host, setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(test_login, setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(test_certificates, setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(test_bad_certificates, setup, scratch_teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
