/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the test of registry/limits.h.
 * Never: looks at the machine's own configuration.
 * Follows: STYLE.md, "Tests". */

#include "scratch.h"

#include "basic/fd.h"
#include "basic/str.h"
#include "image/oci.h"
#include "registry/limits.h"

static int setup(void **state) {
        if (scratch_setup(state) < 0 || mkdir_parents(scratch_path("etc/gantry/fetch.conf.d"), 0755) < 0 ||
            mkdir_parents(scratch_path("usr/lib/gantry/fetch.conf.d"), 0755) < 0)
                return -1;

        unsetenv("GANTRY_FETCH_TIMEOUT");
        return setenv("GANTRY_CONFIG_ROOT", scratch.path, 1);
}

static int parse(FetchLimits *limits, const char *text, char **reterr_why) {
        return fetch_limits_parse(limits, "FILE", text, strlen(text), reterr_why);
}

static void test_default(void **state) {
        FetchLimits l = fetch_limits_default();

        assert_int_equal(l.manifest_max, 4 << 20);
        assert_int_equal(l.config_max, 4 << 20);
        assert_int_equal(l.index_entries_max, 1024);
        assert_int_equal(l.layers_max, 512);
        assert_int_equal(l.compressed_max, 32ULL << 30);
        assert_int_equal(l.unpacked_max, 64ULL << 30);
        assert_int_equal(l.headers_max, 64 << 10);
        assert_int_equal(l.redirects_max, 5);
        assert_int_equal(l.parallel_layers, 3);
        assert_int_equal(l.timeout, 30);
        assert_int_equal(l.retries, 4);
}

static void test_values(void **state) {
        FetchLimits l = fetch_limits_default();

        assert_int_equal(parse(&l,
                               "[Fetch]\nManifestMax=1\nConfigMax=1024K\nCompressedMax=1T\nUnpackedMax=3G\n"
                               "HeadersMax=1M\nRedirectsMax=0\nParallelLayers=16\nTimeout=2min\nRetries=0\n",
                               NULL),
                         0);
        assert_int_equal(l.manifest_max, 1);
        assert_int_equal(l.config_max, 1 << 20);
        assert_int_equal(l.compressed_max, 1ULL << 40);
        assert_int_equal(l.unpacked_max, 3ULL << 30);
        assert_int_equal(l.headers_max, 1 << 20);
        assert_int_equal(l.redirects_max, 0);
        assert_int_equal(l.parallel_layers, 16);
        assert_int_equal(l.timeout, 120);
        assert_int_equal(l.retries, 0);
        assert_int_equal(l.layers_max, 512);

        assert_int_equal(parse(&l, "[Fetch]\nTimeout=7\nTimeout=8s\nRetries=\nParallelLayers=\n", NULL), 0);
        assert_int_equal(l.timeout, 8);
        assert_int_equal(l.retries, 4);
        assert_int_equal(l.parallel_layers, 3);
        assert_int_equal(parse(&l, "", NULL), 0);
}

static void test_refused(void **state) {
        static const struct {
                const char *setting, *why;
        } cases[] = {
                { "ManifestMax=0", "ManifestMax= must be from 1 to 4194304" },
                { "ManifestMax=5M", "ManifestMax= must be from" },
                { "ConfigMax=4194305", "ConfigMax= must be from" },
                { "IndexEntriesMax=0", "IndexEntriesMax= must be from 1 to 1024" },
                { "IndexEntriesMax=1025", "IndexEntriesMax= must be from" },
                { "IndexEntriesMax=1K", "not a number: '1K'" },
                { "LayersMax=513", "LayersMax= must be from 1 to 512" },
                { "CompressedMax=0", "CompressedMax= must be from" },
                { "CompressedMax=17T", "CompressedMax= must be from" },
                { "UnpackedMax=99999999T", "UnpackedMax= must be from" },
                { "UnpackedMax=18446744073709551616", "UnpackedMax= must be from" },
                { "UnpackedMax=-1", "not a number of bytes" },
                { "UnpackedMax=1g", "not a number of bytes" },
                { "UnpackedMax=1 G", "not a number of bytes" },
                { "UnpackedMax=1.5G", "not a number of bytes" },
                { "UnpackedMax=G", "not a number of bytes" },
                { "UnpackedMax=1GB", "not a number of bytes" },
                { "UnpackedMax=0x10", "not a number of bytes" },
                { "HeadersMax=1023", "HeadersMax= must be from" },
                { "ParallelLayers=0", "ParallelLayers= must be from 1 to 16" },
                { "ParallelLayers=17", "ParallelLayers= must be from" },
                { "Timeout=0", "Timeout= must be from 1 to 3599" },
                { "Timeout=60min", "Timeout= must be from" },
                { "Timeout=1h", "not a number of seconds" },
                { "Timeout=\x1b", "not a number of seconds (s or min may follow): '\\x1b'" },
                { "Retries=21", "Retries= must be from" },
                { "retries=1", "unknown key: 'retries'" },
                { "Colour=red", "unknown key: 'Colour'" },
                { "[Fetsh]", "unknown section: 'Fetsh'" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_free_ char *text = NULL, *why = NULL, *wanted = NULL;
                FetchLimits l = fetch_limits_default(), before = l;

                assert_return_code(str_printf(&text, "[Fetch]\nTimeout=9\n%s\n", cases[i].setting), 0);
                assert_return_code(str_printf(&wanted, "FILE: line 3: %s", cases[i].why), 0);
                assert_int_equal(parse(&l, text, &why), -EBADMSG);
                if (!startswith(why, wanted))
                        fail_msg("should say '%s': %s", wanted, why);
                assert_memory_equal(&l, &before, sizeof(l));
        }

        FetchLimits l = fetch_limits_default();
        assert_int_equal(parse(&l, "[Trust]\nTimeout=9\n", NULL), -EBADMSG);
        assert_int_equal(parse(&l, "Timeout=9\n", NULL), -EBADMSG);
}

static void test_load(void **state) {
        FetchLimits l;

        assert_int_equal(fetch_limits_load(&l, NULL), 0);
        assert_int_equal(l.timeout, 30);

        scratch_write("usr/lib/gantry/fetch.conf", "[Fetch]\nTimeout=1\nRetries=1\nLayersMax=1\n");
        scratch_write("usr/lib/gantry/fetch.conf.d/20.conf", "[Fetch]\nRetries=2\nRedirectsMax=2\n");
        assert_int_equal(fetch_limits_load(&l, NULL), 0);
        assert_int_equal(l.timeout, 1);
        assert_int_equal(l.retries, 2);
        assert_int_equal(l.layers_max, 1);

        /* The file of the administrator hides the other one; drop-ins of all directories go by name. */
        scratch_write("etc/gantry/fetch.conf", "[Fetch]\nTimeout=3\n");
        scratch_write("etc/gantry/fetch.conf.d/10.conf", "[Fetch]\nRetries=3\nRedirectsMax=3\n");
        assert_int_equal(fetch_limits_load(&l, NULL), 0);
        assert_int_equal(l.timeout, 3);
        assert_int_equal(l.layers_max, 512);
        assert_int_equal(l.retries, 2);
        assert_int_equal(l.redirects_max, 2);

        setenv("GANTRY_FETCH_TIMEOUT", "5", 1);
        assert_int_equal(fetch_limits_load(&l, NULL), 0);
        assert_int_equal(l.timeout, 5);
        setenv("GANTRY_FETCH_TIMEOUT", "0", 1);
        assert_int_equal(fetch_limits_load(&l, NULL), 0);
        assert_int_equal(l.timeout, 3);

        scratch_write("etc/gantry/fetch.conf", "");
        assert_int_equal(fetch_limits_load(&l, NULL), 0);
        assert_int_equal(l.timeout, 30);
}

static void test_load_refuses(void **state) {
        _cleanup_free_ char *why = NULL;
        FetchLimits l;

        scratch_write("etc/gantry/fetch.conf.d/10.conf", "[Fetch]\nRetries=many\n");
        assert_int_equal(fetch_limits_load(&l, &why), -EBADMSG);
        assert_non_null(startswith(why, scratch_path("etc/gantry/fetch.conf.d/10.conf")));
        assert_non_null(strstr(why, "line 2"));
}

static void test_client(void **state) {
        FetchLimits l = fetch_limits_default();

        l.timeout = 11;
        ClientLimits c = fetch_limits_of_client(&l);
        assert_int_equal(c.document_max, OCI_DOCUMENT_MAX);
        assert_int_equal(c.index_entries_max, OCI_INDEX_MAX);
        assert_int_equal(c.headers_max, 65536);
        assert_int_equal(c.redirects_max, 5);
        assert_int_equal(c.timeout, 11);
        assert_int_equal(c.retries, 4);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_default),
                cmocka_unit_test(test_values),
                cmocka_unit_test(test_refused),
                cmocka_unit_test_setup_teardown(test_load, setup, scratch_teardown),
                cmocka_unit_test_setup_teardown(test_load_refuses, setup, scratch_teardown),
                cmocka_unit_test(test_client),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
