/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of image/appc-stack: graphs in, stacks out.
 * Never: knows an image but by its number.
 * Follows: image/appc-stack.h; App Container spec 0.8.11, aci.md, "Dependency Matching". */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "basic/str.h"
#include "image/appc-stack.h"

#define NODES_MAX 64

/* "A:BC C:D A=/x,/y": A needs B and C, C needs D, A has a whitelist. */
typedef struct Graph {
        AppcNode nodes[NODES_MAX];
        size_t dependencies[NODES_MAX][NODES_MAX];
        AppcWhitelist own[NODES_MAX];
} Graph;

static void set_whitelist(AppcWhitelist *ret, char *paths) {
        char *list[16] = {};

        for (size_t n = 0; paths; n++)
                list[n] = strsep(&paths, ",");
        assert_int_equal(appc_whitelist_of(list, ret), 0);
}

static Graph parse(const char *text) {
        _cleanup_free_ char *copy = strdup(text);
        Graph g = {};
        char *rest = copy;

        while (rest) {
                char *word = strsep(&rest, " ");
                size_t i = word[0] - 'A';

                if (word[1] == '=')
                        set_whitelist(&g.own[i], word + 2);
                for (const char *p = word + 2; word[1] == ':' && *p != '\0'; p++)
                        g.dependencies[i][g.nodes[i].n_dependencies++] = *p - 'A';
        }

        return g;
}

static void graph_done(Graph *g) {
        for (size_t i = 0; i < NODES_MAX; i++)
                appc_whitelist_done(&g->own[i]);
}

/* "D B C=x,y A": bottom first; an error is its number. */
static void describe(const AppcLayer *layers, size_t n, char *p) {
        for (size_t i = 0; i < n; i++) {
                const AppcWhitelist *kept = layers[i].kept;

                p += sprintf(p, "%s%c%s", i > 0 ? " " : "", (char) ('A' + layers[i].image), kept ? "=" : "");
                for (size_t j = 0; kept && j < kept->n; j++)
                        p += sprintf(p, "%s%s", j > 0 ? "," : "", kept->paths[j]);
        }
}

static void expect(const char *graph, const char *expected) {
        _cleanup_(graph_done) Graph g = parse(graph);
        AppcLayer *layers = NULL;
        char text[1024] = "";
        size_t n = 0;

        for (size_t i = 0; i < NODES_MAX; i++) {
                g.nodes[i].dependencies = g.dependencies[i];
                g.nodes[i].own = g.own[i].n > 0 ? &g.own[i] : NULL;
        }

        int r = appc_stack(g.nodes, 0, &layers, &n);
        if (r < 0)
                (void) snprintf(text, sizeof(text), "%s", strerrorname_np(-r));
        else
                describe(layers, n, text);
        appc_layers_free(layers, n);
        if (!streq(text, expected))
                fail_msg("%s: %s, not %s", graph, text, expected);
}

static void test_order(void **state) {
        expect("A", "A");
        expect("A:B", "B A");
        expect("A:BC C:D", "B D C A"); /* the spec's own */
        expect("A:BC B:D", "D B C A");
        expect("A:B B:C C:D", "D C B A");
}

/* By the spec D, B, D, C, A: the lower D is not seen. */
static void test_twice(void **state) {
        expect("A:BC B:D C:D", "B D C A");
        expect("A:BB", "B A");
        expect("A:BC B:D C:D D:EF", "B E F D C A");
        expect("A:BCD B:EF C:FE D:E", "B F C E D A"); /* of E F B F E C E D A */
}

static void test_whitelist(void **state) {
        expect("A:B A=/x", "B=x A");
        expect("A:B B=/x", "B A"); /* its own is applied to its layer */
        expect("A:B B:C A=/x,/y B=/y,/z", "C=y B=x,y A");
        expect("A:B B:C A=/x B=/y", "C= B=x A"); /* nothing is left but the root */
        expect("A:BC B=/x C:D", "B D C A");      /* a sibling's does not count */
        expect("A:B B:C C:D B=/x", "D=x C=x B A");
}

/* The same image, more or less of it: both count. */
static void test_twice_with_whitelists(void **state) {
        expect("A:BC B:D C:D B=/x C=/y", "D=x B D=y C A");
        expect("A:BC B:D C:D C=/y", "D B D=y C A");
        expect("A:BC B:D C:D B=/x C=/x", "B D=x C A");
        expect("A:BC B:D C:D A=/x,/y B=/x C=/x,/z", "B=x,y D=x C=x,y A");
}

static void test_circles(void **state) {
        expect("A:A", "ELOOP");
        expect("A:B B:A", "ELOOP");
        expect("A:B B:C C:D D:B", "ELOOP");
        expect("A:BC B:C C:B", "ELOOP");
}

/* Each level doubles the ways to the bottom; they are walked once. */
static void test_many_ways(void **state) {
        expect("A:BC B:DE C:DE D:FG E:FG F:HI G:HI H:JK I:JK J:LM K:LM L:NO M:NO N:PQ O:PQ P:RS Q:RS R:TU S:TU",
               "B D F H J L N P R T U S Q O M K I G E C A");
}

static void test_depth(void **state) {
        size_t below[APPC_DEPTH_MAX + 2], n;
        AppcNode nodes[APPC_DEPTH_MAX + 2] = {};
        AppcLayer *layers;

        for (size_t i = 0; i < ELEMENTSOF(nodes); i++) {
                below[i] = i + 1;
                nodes[i] = (AppcNode) { .dependencies = &below[i],
                                        .n_dependencies = i + 1 < ELEMENTSOF(nodes) };
        }
        assert_int_equal(appc_stack(nodes, 0, &layers, &n), -ELOOP);
        assert_int_equal(appc_stack(nodes, 1, &layers, &n), 0);
        assert_int_equal(n, APPC_DEPTH_MAX + 1);
        appc_layers_free(layers, n);
}

static void test_too_many(void **state) {
        AppcNode nodes[APPC_LAYERS_MAX + 1] = {};
        size_t needs[APPC_LAYERS_MAX], n;
        AppcLayer *layers;

        for (size_t i = 0; i < ELEMENTSOF(needs); i++)
                needs[i] = i + 1;
        nodes[0] = (AppcNode) { .dependencies = needs, .n_dependencies = ELEMENTSOF(needs) };
        assert_int_equal(appc_stack(nodes, 0, &layers, &n), -E2BIG);
        nodes[0].n_dependencies--;
        assert_int_equal(appc_stack(nodes, 0, &layers, &n), 0);
        assert_int_equal(n, APPC_LAYERS_MAX);
        appc_layers_free(layers, n);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_order),     cmocka_unit_test(test_twice),
                cmocka_unit_test(test_whitelist), cmocka_unit_test(test_twice_with_whitelists),
                cmocka_unit_test(test_circles),   cmocka_unit_test(test_many_ways),
                cmocka_unit_test(test_depth),     cmocka_unit_test(test_too_many),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
