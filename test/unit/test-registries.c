/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the test of registry/registries.h.
 * Never: looks at the machine's own configuration.
 * Follows: STYLE.md, "Tests". */

#include "scratch.h"

#include "basic/fd.h"
#include "basic/str.h"
#include "registry/registries.h"

#define DIRECTORY "etc/gantry/registries.d/"

static int add(Registries *registries, const char *file, const char *text, char **reterr_why) {
        return registries_add(registries, file, text, strlen(text), reterr_why);
}

static void add_prefix(Registries *registries, const char *prefix) {
        _cleanup_free_ char *text = NULL;

        assert_return_code(str_printf(&text, "[Registry]\nPrefix=%s\n", prefix), 0);
        assert_return_code(add(registries, prefix, text, NULL), 0);
}

static void test_all_settings(void **state) {
        static const char text[] = "# ours\n[Mirror]\nLocation=first.example:5000\nInsecure=yes\n\n"
                                   "[Registry]\nPrefix=quay.io/foo\nLocation=cache.example/quay\n"
                                   "Insecure=off\nBlocked=no\nLookaside=https://s.example/sig/\n"
                                   "[Mirror]\nPullFrom=digest\nLocation=second.example/a/b\n"
                                   "[Mirror]\nLocation=[::1]:5000\nPullFrom=tag\n"
                                   "[Mirror]\nLocation=localhost\nPullFrom=all\n";
        _cleanup_registries_ Registries registries = {};
        _cleanup_free_ char *why = NULL;

        int r = add(&registries, "FILE", text, &why);
        if (r < 0)
                fail_msg("%s", why);
        const RegistryRule *rule = &registries.rules[0];
        assert_string_equal(rule->file, "FILE");
        assert_string_equal(rule->prefix, "quay.io/foo");
        assert_string_equal(rule->place.location, "cache.example/quay");
        assert_false(rule->place.insecure);
        assert_false(rule->blocked);
        assert_string_equal(rule->lookaside, "https://s.example/sig");
        assert_int_equal(rule->n_mirrors, 4);
        assert_string_equal(rule->mirrors[0].location, "first.example:5000");
        assert_true(rule->mirrors[0].insecure);
        assert_int_equal(rule->mirrors[0].use, ENDPOINT_ALL);
        assert_string_equal(rule->mirrors[1].location, "second.example/a/b");
        assert_false(rule->mirrors[1].insecure);
        assert_int_equal(rule->mirrors[1].use, ENDPOINT_DIGEST);
        assert_int_equal(rule->mirrors[2].use, ENDPOINT_TAG);
        assert_int_equal(rule->mirrors[3].use, ENDPOINT_ALL);
}

static void test_refused(void **state) {
        static const struct {
                const char *text, *why;
        } cases[] = {
                { "", "no Prefix=" },
                { "[Registry]\n", "no Prefix=" },
                { "[Mirror]\nLocation=a.b\n", "no Prefix=" },
                { "Prefix=a.b\n", "line 1: a key before" },
                { "rubbish\n", "line 1: neither" },
                { "[registry]\nPrefix=a.b\n", "line 1: unknown section: 'registry'" },
                { "[Registry]\nPrefix=a.b\n[Colour]\n", "line 3: unknown section: 'Colour'" },
                { "[Registry]\nprefix=a.b\n", "line 2: unknown key: 'prefix'" },
                { "[Registry]\nPrefix=a.b\nPullFrom=tag\n", "line 3: unknown key: 'PullFrom'" },
                { "[Registry]\nPrefix=a.b\n[Mirror]\nBlocked=yes\n", "line 4: unknown key: 'Blocked'" },
                { "[Registry]\nPrefix=a.b\n[Registry]\nPrefix=c.d\n", "line 3: a second [Registry]" },
                { "[Registry]\nPrefix=a.b\nPrefix=a.b\n", "line 3: a second Prefix=" },
                { "[Registry]\nPrefix=a.b\nBlocked=no\nBlocked=yes\n", "line 4: a second Blocked=" },
                { "[Registry]\nPrefix=a.b\n[Mirror]\nLocation=c.d\nLocation=e.f\n",
                  "line 5: a second Location=" },
                { "[Registry]\nPrefix=a.b\n[Mirror]\nInsecure=yes\n", "a [Mirror] without Location=" },
                { "[Registry]\nPrefix=a.b\n[Mirror]\n[Mirror]\nLocation=c.d\n",
                  "line 4: a [Mirror] without Location=" },
                { "[Registry]\nPrefix=a.b\nLookaside=\n", "line 3: not of the form" },
                { "[Registry]\nPrefix=a.b\nLookaside=file:///\n", "line 3: the whole of this machine" },
                { "[Registry]\nPrefix=a.b\nLookaside=file:///a\nLookaside=file:///b\n",
                  "line 4: a second Lookaside=" },
                { "[Registry]\nPrefix=a.b\n[Mirror]\nLocation=c.d\nLookaside=file:///a\n",
                  "line 5: unknown key: 'Lookaside'" },
                { "[Registry]\nPrefix=a.b\nInsecure=maybe\n", "line 3: neither yes nor no: 'maybe'" },
                { "[Registry]\nPrefix=a.b\nInsecure=\n", "line 3: neither yes nor no: ''" },
                { "[Registry]\nPrefix=a.b\n[Mirror]\nPullFrom=digest-only\n",
                  "line 4: none of all, digest and tag" },
                { "[Registry]\nPrefix=\n", "line 2: not of the form" },
                { "[Registry]\nPrefix=*\n", "line 2: not of the form" },
                { "[Registry]\nPrefix=*.\n", "line 2: not of the form" },
                { "[Registry]\nPrefix=*.a.b/c\n", "line 2: a wildcard is for hosts" },
                { "[Registry]\nPrefix=a.*.b\n", "line 2: not of the form" },
                { "[Registry]\nPrefix=https://a.b\n", "line 2: not of the form" },
                { "[Registry]\nPrefix=a.b/\n", "line 2: a prefix does not end" },
                { "[Registry]\nPrefix=a.b//c\n", "line 2: has an empty" },
                { "[Registry]\nPrefix=a.b/../c\n", "line 2: has an empty or relative" },
                { "[Registry]\nPrefix=a.b/c:tag\n", "line 2: has characters" },
                { "[Registry]\nPrefix=A.b\n", "line 2: names of images have no upper case" },
                { "[Registry]\nPrefix=user/web\n", "line 2: names no registry" },
                { "[Registry]\nPrefix=registry-1.docker.io\n",
                  "line 2: images of this registry are called docker.io" },
                { "[Registry]\nPrefix=oci:/srv\n", "line 2: not of the form" },
                { "[Registry]\nPrefix=a.b\nLocation=user@c.d\n", "line 3: not of the form" },
                { "[Registry]\nPrefix=a.b\nLocation=*.c.d\n", "line 3: not of the form" },
                { "[Registry]\nPrefix=a.b\nLocation=\n", "line 3: not of the form" },
                { "[Registry]\nPrefix=a.b\nColour=\x1b[31m\n", "line 3: unknown key: 'Colour'" },
                { "[Registry]\n\x1b=x\n", "line 2: unknown key: '\\x1b'" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_registries_ Registries registries = {};
                _cleanup_free_ char *why = NULL;

                assert_int_equal(add(&registries, "FILE", cases[i].text, &why), -EBADMSG);
                const char *rest = startswith(why, "FILE: ");
                if (!rest || !startswith(rest, cases[i].why))
                        fail_msg("'%s' should be refused with '%s': %s", cases[i].text, cases[i].why, why);
                assert_int_equal(registries.n_rules, 0);
                assert_int_equal(add(&registries, "FILE", cases[i].text, NULL), -EBADMSG);
        }
}

static void test_same_prefix(void **state) {
        _cleanup_registries_ Registries registries = {};
        _cleanup_free_ char *why = NULL;

        add_prefix(&registries, "a.b");
        assert_int_equal(add(&registries, "other", "[Registry]\nPrefix=a.b\nBlocked=yes\n", &why), -EBADMSG);
        assert_string_equal(why, "other: Prefix=a.b is also in a.b");
}

static void governs(const Registries *registries, const char *name, const char *prefix) {
        const RegistryRule *rule = registries_match(registries, name);

        if (!prefix)
                assert_null(rule);
        else if (!rule || !streq(rule->prefix, prefix))
                fail_msg("'%s' should be governed by '%s', not '%s'", name, prefix,
                         rule ? rule->prefix : "");
}

static void test_match(void **state) {
        static const char *const prefixes[] = { "quay.io",           "quay.io/team",  "quay.io/team/web",
                                                "*.example.com",     "a.example.com", "*.b.example.com",
                                                "*.example.com:5000" };
        _cleanup_registries_ Registries registries = {};

        governs(&registries, "quay.io/x", NULL);
        for (size_t i = 0; i < ELEMENTSOF(prefixes); i++)
                add_prefix(&registries, prefixes[i]);
        governs(&registries, "quay.io", "quay.io");
        governs(&registries, "quay.io/x", "quay.io");
        governs(&registries, "quay.io/teams", "quay.io");
        governs(&registries, "quay.io/team", "quay.io/team");
        governs(&registries, "quay.io/team/web/x", "quay.io/team/web");
        governs(&registries, "quay.io:443/x", NULL);
        governs(&registries, "quay.io.example/x", NULL);
        governs(&registries, "example.com/x", NULL);
        governs(&registries, ".example.com/x", NULL);
        governs(&registries, "x.example.com", "*.example.com");
        governs(&registries, "x.y.example.com/z", "*.example.com");
        governs(&registries, "a.example.com/z", "a.example.com");
        governs(&registries, "b.example.com/z", "*.example.com");
        governs(&registries, "x.b.example.com/z", "*.b.example.com");
        governs(&registries, "xexample.com/z", NULL);
        governs(&registries, "x.example.com:5000/z", "*.example.com:5000");
        governs(&registries, "evil.org/x.example.com", NULL);
}

static void rewrites(const char *prefix, const char *location, const char *name, const char *result) {
        RegistryRule rule = { .prefix = (char *) prefix };
        RegistryPlace place = { .location = (char *) location };
        _cleanup_free_ char *place_name = NULL;

        assert_int_equal(registry_place_rewrite(&rule, &place, name, &place_name), 0);
        assert_string_equal(place_name, result);
}

static void test_rewrite(void **state) {
        rewrites("quay.io", NULL, "quay.io/a/b", "quay.io/a/b");
        rewrites("quay.io", "m.example:5000", "quay.io/a/b", "m.example:5000/a/b");
        rewrites("quay.io/a", "m.example/x", "quay.io/a/b", "m.example/x/b");
        rewrites("quay.io/a/b", "m.example/x", "quay.io/a/b", "m.example/x");
        rewrites("*.example.com", "m.example", "x.example.com/a/b", "m.example/a/b");
}

static int setup(void **state) {
        if (scratch_setup(state) < 0 || mkdir_parents(scratch_path(DIRECTORY), 0755) < 0 ||
            mkdir_parents(scratch_path("usr/lib/gantry/registries.d"), 0755) < 0)
                return -1;

        return setenv("GANTRY_CONFIG_ROOT", scratch.path, 1);
}

static void test_load(void **state) {
        _cleanup_registries_ Registries none = {}, registries = {};

        assert_int_equal(registries_load(&none, NULL), 0);
        assert_int_equal(none.n_rules, 0);

        scratch_write(DIRECTORY "b.conf", "[Registry]\nPrefix=b.example\n");
        scratch_write(DIRECTORY "masked.conf", "");
        scratch_write("usr/lib/gantry/registries.d/masked.conf", "[Registry]\nPrefix=masked.example\n");
        scratch_write("usr/lib/gantry/registries.d/a.conf", "[Registry]\nPrefix=a.example\n");
        scratch_write("usr/lib/gantry/registries.d/b.conf", "rubbish");
        assert_int_equal(registries_load(&registries, NULL), 0);
        assert_int_equal(registries.n_rules, 2);
        governs(&registries, "a.example/x", "a.example");
        governs(&registries, "b.example/x", "b.example");
}

static void test_load_refuses(void **state) {
        _cleanup_free_ char *why = NULL, *unreadable = NULL, *expected = NULL;
        Registries registries = {};

        scratch_write(DIRECTORY "a.conf", "[Registry]\nPrefix=a.example\n");
        scratch_write(DIRECTORY "z.conf", "[Registry]\nPrefix=z.example\nColour=red\n");
        assert_int_equal(registries_load(&registries, &why), -EBADMSG);
        assert_return_code(str_printf(&expected, "%s: line 3: unknown key: 'Colour'",
                                      scratch_path(DIRECTORY "z.conf")),
                           0);
        assert_string_equal(why, expected);

        assert_return_code(unlinkat(scratch.fd, DIRECTORY "z.conf", 0), errno);
        scratch_mkdir(DIRECTORY "z.conf");
        assert_true(registries_load(&registries, &unreadable) < 0);
        assert_non_null(startswith(unreadable, scratch_path(DIRECTORY "z.conf")));
        assert_null(registries.rules);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_all_settings),
                cmocka_unit_test(test_refused),
                cmocka_unit_test(test_same_prefix),
                cmocka_unit_test(test_match),
                cmocka_unit_test(test_rewrite),
                cmocka_unit_test_setup_teardown(test_load, setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(test_load_refuses, setup, scratch_teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
