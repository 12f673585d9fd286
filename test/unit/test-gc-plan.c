/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of what gc decides: inventories made up, and what goes.
 * Never: needs a store.
 * Follows: gc/plan.h; docs/STORE.md, "Who may remove what". */

#include "scratch.h"

#include <time.h>

#include "basic/macro.h"
#include "basic/str.h"
#include "gc/plan.h"

#define PLACES(...)                                                                                         \
        { (size_t[]) { __VA_ARGS__ }, sizeof((size_t[]) { __VA_ARGS__ }) / sizeof(size_t) }
#define NONE                                                                                                \
        {}
#define NAMES(name)                                                                                         \
        (char *[]) {                                                                                        \
                (char *) name, NULL                                                                         \
        }
#define KEEP_ALL ((Pressure) {})

static Settings settings;
static Inventory inventory; /* outlives the test, as the plan does */
static Plan *plan;

static uint64_t days_ago(unsigned days) {
        return ((uint64_t) time(NULL) - days * 86400ULL) * 1000000;
}

static int setup(void **state) {
        settings = settings_default();
        return 0;
}

static int teardown(void **state) {
        plan = plan_free(plan);
        return 0;
}

static void make_plan(const Inventory *i, Pressure pressure) {
        plan = plan_free(plan);
        inventory = *i;
        assert_int_equal(plan_new(&inventory, &settings, &pressure, &plan), 0);
        assert_int_equal(plan_images(plan), 0);
}

/* One letter an item: g goes, s stays. */
static void expect(const char *what, const Fate *fates, size_t n, const char *letters) {
        assert_int_equal(strlen(letters), n);
        for (size_t i = 0; i < n; i++) {
                assert_non_null(fates[i].why);
                if (fates[i].goes != (letters[i] == 'g'))
                        fail_msg("%s %zu %s: %s", what, i, fates[i].goes ? "goes" : "stays", fates[i].why);
        }
}

static void expect_images(const char *letters) {
        expect("image", plan->images, plan->inventory->n_images, letters);
}

static void expect_layers(const char *letters) {
        expect("layer", plan->layers, plan->inventory->n_layers, letters);
}

static void test_names(void **state) {
        InventoryLayer layers[4] = {};
        InventoryImage images[] = {
                { .names = NAMES("a"), .layers = PLACES(0, 1) },
                { .layers = PLACES(1, 2) },              /* nobody's any more */
                { .layers = PLACES(2), .locked = true }, /* being fetched */
        };

        make_plan(&(Inventory) { .layers = layers, .n_layers = 4, .images = images, .n_images = 3 },
                  KEEP_ALL);
        expect_images("sgs");
        expect_layers("sssg");
        assert_string_equal(plan->layers[0].why, "needed by image 'a'");
        assert_string_equal(plan->layers[3].why, "nobody needs it");
}

static void test_pods(void **state) {
        InventoryLayer layers[3] = {};
        InventoryImage images[] = { { .layers = PLACES(0) }, { .layers = PLACES(1) } };
        InventoryPod pods[] = {
                { .dir = { .fd = -1, .phase = POD_RUNNING, .name = (char *) "runs" },
                  .alive = true,
                  .using = true,
                  .images = PLACES(0),
                  .layers = PLACES(0, 2) },
                { .dir = { .fd = -1, .phase = POD_PREPARING }, .images = PLACES(1), .layers = PLACES(1) },
                { .dir = { .fd = -1, .phase = POD_GARBAGE } },
                { .dir = { .fd = -1, .phase = POD_GARBAGE }, .alive = true },
        };

        make_plan(&(Inventory) { .layers = layers,
                                 .n_layers = 3,
                                 .images = images,
                                 .n_images = 2,
                                 .pods = pods,
                                 .n_pods = 4 },
                  KEEP_ALL);
        expect("pod", plan->pods, 4, "sggs");
        expect_images("sg");
        expect_layers("sgs");
        assert_string_equal(plan->images[0].why, "needed by pod 'runs'");
        assert_string_equal(plan->layers[0].why, "needed by pod 'runs' and 1 more");
}

/* A pod that was to go and could not keeps what it is made of. */
static void test_pod_comes_to_life(void **state) {
        InventoryLayer layers[1] = {};
        InventoryImage images[] = { { .layers = PLACES(0) } };
        InventoryPod pods[] = { { .dir = { .fd = -1, .phase = POD_EXITED },
                                  .using = true,
                                  .bytes = 7,
                                  .images = PLACES(0),
                                  .layers = PLACES(0) } };
        Inventory i = { layers, images, pods, NULL, 1, 1, 1, 0, false };

        settings.grace = 0;
        pods[0].dir.fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        make_plan(&i, KEEP_ALL);
        expect("pod", plan->pods, 1, "g");
        assert_int_equal(plan->freed, 7);
        expect_images("g");
        expect_layers("g");

        plan = plan_free(plan);
        assert_int_equal(plan_new(&inventory, &settings, &KEEP_ALL, &plan), 0);
        assert_int_equal(plan_keep_pod(plan, 0, "is started"), 0);
        assert_int_equal(plan->freed, 0);
        assert_int_equal(plan_images(plan), 0);
        expect_images("s");
        expect_layers("s");
        close(pods[0].dir.fd);
}

static void test_dependencies(void **state) {
        InventoryLayer layers[3] = {};
        InventoryImage images[] = {
                { .layers = PLACES(0), .used_usec = days_ago(9) }, /* needed by the next */
                { .names = NAMES("app"),
                  .layers = PLACES(1),
                  .images = PLACES(0),
                  .used_usec = days_ago(1) },
                { .names = NAMES("base"), .layers = PLACES(2), .used_usec = days_ago(9) },
                { .names = NAMES("other"), .images = PLACES(2), .used_usec = days_ago(1) },
        };
        Inventory i = { .layers = layers, .n_layers = 3, .images = images, .n_images = 4 };

        make_plan(&i, KEEP_ALL);
        expect_images("ssss");
        assert_string_equal(plan->images[0].why, "needed by image 'app'");

        /* Goes with the last that needs it; what has a name of its own stays as long as others. */
        settings.max_retention = 5 * 86400;
        make_plan(&i, KEEP_ALL);
        expect_images("ssss");
        images[1].used_usec = days_ago(6);
        images[3].used_usec = days_ago(6);
        make_plan(&i, KEEP_ALL);
        expect_images("gggg");
        expect_layers("ggg");
}

static void test_budget(void **state) {
        InventoryLayer layers[] = { { .bytes = 100 }, { .bytes = 100 }, { .bytes = 100 }, { .bytes = 50 } };
        InventoryImage images[] = {
                { .names = NAMES("new"), .layers = PLACES(0, 1), .used_usec = days_ago(1), .bytes = 10 },
                { .names = NAMES("old"), .layers = PLACES(1, 2), .used_usec = days_ago(9), .bytes = 10 },
                { .names = NAMES("locked"), .locked = true, .used_usec = days_ago(20), .bytes = 10 },
        };
        Inventory i = { .layers = layers, .n_layers = 4, .images = images, .n_images = 3 };

        make_plan(&i, KEEP_ALL);
        expect_images("sss");
        expect_layers("sssg");
        assert_int_equal(plan->freed, 50);

        /* What goes in any case is enough. */
        make_plan(&i, (Pressure) { .excess = 50, .setting = "MaxUse" });
        expect_images("sss");
        assert_int_equal(plan_shortage(plan), 0);

        /* The oldest use first, and no more than is needed; a layer that another image has stays. */
        make_plan(&i, (Pressure) { .excess = 51, .setting = "MaxUse" });
        expect_images("sgs");
        expect_layers("ssgg");
        assert_int_equal(plan->freed, 160);
        assert_string_equal(plan->images[1].why, "unused for longest, makes room for MaxUse=");
        assert_int_equal(plan_shortage(plan), 0);

        /* All that can, and still not enough. */
        make_plan(&i, (Pressure) { .excess = 1000, .setting = "KeepFree" });
        expect_images("ggs");
        expect_layers("gggg");
        assert_int_equal(plan->freed, 370);
        assert_int_equal(plan_shortage(plan), 630);
}

/* What an image needed that is used less often than its turn is free when that one has gone. */
static void test_budget_dependencies(void **state) {
        InventoryImage images[] = {
                { .names = NAMES("base"), .used_usec = days_ago(9), .bytes = 10 },
                { .names = NAMES("app"), .images = PLACES(0), .used_usec = days_ago(5), .bytes = 10 },
                { .names = NAMES("new"), .used_usec = days_ago(1), .bytes = 10 },
        };
        Inventory i = { .images = images, .n_images = 3 };

        make_plan(&i, (Pressure) { .excess = 10, .setting = "MaxUse" });
        expect_images("sgs");
        make_plan(&i, (Pressure) { .excess = 30, .setting = "MaxUse" });
        expect_images("ggg");
}

static void test_retention(void **state) {
        InventoryImage images[] = {
                { .names = NAMES("old"), .used_usec = days_ago(31) },
                { .names = NAMES("young"), .used_usec = days_ago(29) },
                { .names = NAMES("future"), .used_usec = days_ago(0) + 1000000000 },
        };
        Inventory i = { .images = images, .n_images = 3 };

        make_plan(&i, KEEP_ALL);
        expect_images("sss");
        settings.max_retention = 30 * 86400;
        make_plan(&i, KEEP_ALL);
        expect_images("gss");
        assert_string_equal(plan->images[0].why, "unused for longer than MaxRetention=");
}

/* Needs that nobody knows could be anybody's. */
static void test_doubt(void **state) {
        InventoryLayer layers[2] = {};
        InventoryImage images[] = {
                { .names = NAMES("a"), .used_usec = days_ago(9), .layers = PLACES(0) },
                { .names = NAMES("b"), .used_usec = days_ago(9), .damaged = true },
        };
        InventoryPod pods[] = { { .dir = { .fd = -1, .phase = POD_RUNNING, .name = (char *) "p" },
                                  .alive = true,
                                  .using = true } };
        Inventory i = { layers, images, pods, NULL, 2, 2, 1, 0, false };

        make_plan(&i, (Pressure) { .excess = 1000, .setting = "MaxUse" });
        expect_images("ss");
        expect_layers("ss");
        assert_string_equal(plan->doubt, "b");

        images[1].names = NULL; /* it goes, whatever it needed */
        make_plan(&i, KEEP_ALL);
        expect_images("sg");
        expect_layers("sg");
        assert_null(plan->doubt);

        pods[0].damaged = true;
        make_plan(&i, KEEP_ALL);
        expect_images("ss");
        expect_layers("ss");
}

/* The layers that are made for an appc image are not noted down before the last of them is there. */
static void test_appc_being_fetched(void **state) {
        InventoryLayer layers[] = { { .id = { .algorithm = DIGEST_SHA512 } },
                                    { .id = { .algorithm = DIGEST_SHA256 } } };
        InventoryImage images[] = { { .id = { .algorithm = DIGEST_SHA512 }, .locked = true } };
        Inventory i = { .layers = layers, .n_layers = 2, .images = images, .n_images = 1 };

        make_plan(&i, KEEP_ALL);
        expect_layers("sg");
        images[0].sealed = true;
        make_plan(&i, KEEP_ALL);
        expect_layers("gg");
}

static void test_leftovers(void **state) {
        InventoryLeftover leftovers[] = {
                { .kind = LEFTOVER_PART, .changed_usec = days_ago(6) },
                { .kind = LEFTOVER_PART, .changed_usec = days_ago(8) },
                { .kind = LEFTOVER_PART, .changed_usec = days_ago(8), .locked = true },
                { .kind = LEFTOVER_DAMAGED, .changed_usec = days_ago(6) },
                { .kind = LEFTOVER_DAMAGED, .changed_usec = days_ago(8) },
                { .kind = LEFTOVER_QUARANTINE },
                { .kind = LEFTOVER_QUARANTINE, .locked = true },
                { .kind = LEFTOVER_UNFINISHED, .bytes = 5 },
                { .kind = LEFTOVER_UNFINISHED, .locked = true },
                { .kind = LEFTOVER_DANGLING },
                { .kind = LEFTOVER_STAGE1, .bytes = 20 },
                { .kind = LEFTOVER_STAGE1, .locked = true },
                { .kind = LEFTOVER_CURRENT, .bytes = 20 },
                { .kind = LEFTOVER_DIRECTORY, .bytes = 9 },
                { .kind = LEFTOVER_UNKNOWN },
        };

        make_plan(&(Inventory) { .leftovers = leftovers, .n_leftovers = ELEMENTSOF(leftovers) }, KEEP_ALL);
        expect("leftover", plan->leftovers, ELEMENTSOF(leftovers), "sgssggsgsggssss");
        assert_int_equal(plan->freed, 25);
        settings.part_grace = 0;
        make_plan(&(Inventory) { .leftovers = leftovers, .n_leftovers = ELEMENTSOF(leftovers) }, KEEP_ALL);
        expect("leftover", plan->leftovers, ELEMENTSOF(leftovers), "ggsgggsgsggssss");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_names),        TEST(test_pods),   TEST(test_pod_comes_to_life),
                TEST(test_dependencies), TEST(test_budget), TEST(test_budget_dependencies),
                TEST(test_retention),    TEST(test_doubt),  TEST(test_appc_being_fetched),
                TEST(test_leftovers),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
