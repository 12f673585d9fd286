/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of inventory/.
 * Never: touches a store but its own below the scratch directory.
 * Follows: inventory/inventory.h. */

#include "scratch.h"

#include <sys/file.h>

#include "basic/fd.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "inventory/inventory.h"
#include "store/image-dir.h"
#include "store/image-layers.h"
#include "store/layer.h"
#include "store/volume.h"

static Store *store;
static Inventory *inventory;

static int setup(void **state) {
        return scratch_setup(state) < 0 || store_open(scratch_path("store"), STORE_CREATE, &store) < 0 ? -1
                                                                                                       : 0;
}

static int teardown(void **state) {
        inventory = inventory_free(inventory);
        store = store_close(store);
        return scratch_teardown(state);
}

static Digest make_digest(DigestAlgorithm algorithm, uint8_t head) {
        Digest d = { .algorithm = algorithm };

        memset(d.bytes, 0xee, digest_size(algorithm));
        d.bytes[0] = head;
        return d;
}

#define APPC 0x40 /* images from here on are */

static Digest image_id(uint8_t head) {
        return make_digest(head < APPC ? DIGEST_SHA256 : DIGEST_SHA512, head);
}

static Digest layer_id(uint8_t head) {
        return make_digest(DIGEST_SHA256, head + 0x80);
}

/* The name of a digest in the store, good until the fourth call from now. */
static const char *text(Digest d) {
        static char buffers[4][DIGEST_TEXT_MAX];
        static unsigned next;
        char *b = buffers[next++ % 4];

        digest_format_id(&d, b);
        return b;
}

static const char *path(const char *format, ...) {
        static char buffer[600];
        va_list args;

        va_start(args, format);
        (void) vsnprintf(buffer, sizeof(buffer), format, args);
        va_end(args);
        return buffer;
}

static void add_layer(uint8_t head, size_t size) {
        char *bytes = malloc(size);

        memset(bytes, head, size);
        scratch_write_bytes(path("store/layers/%s.erofs", text(layer_id(head))), bytes, size);
        free(bytes);
}

/* `layers` ends with 0; NULL: not noted down yet. Returns the image's directory. */
static int add_image(Digest id, const uint8_t *layers) {
        ImageFile files[] = { { "manifest", "{}", 2 },
                              { "signatures/0.payload", "x", 1 },
                              { "verdict.json", "{\"admitted\":true,\"require\":\"digest\"}", 36 } };
        LayerRecord records[8];
        size_t n = 0;

        assert_int_equal(image_dir_publish(store, &id, files, ELEMENTSOF(files)), 0);
        int fd = image_dir_open(store, &id);
        assert_return_code(fd, -fd);
        for (; layers && layers[n]; n++)
                records[n] = (LayerRecord) { .id = layer_id(layers[n]), .verity = layer_id(1) };
        if (layers)
                assert_int_equal(image_layers_write(fd, records, n), 0);
        return fd;
}

static void add_named_image(uint8_t head, const char *name, const uint8_t *layers) {
        Digest id = image_id(head);

        fd_close(add_image(id, layers));
        assert_int_equal(image_ref_set(store, name, &id), 0);
}

static void add_pod(PodPhase phase, uint8_t number, uint8_t image) {
        char where[64], json[1024];

        (void) snprintf(where, sizeof(where), "store/pods/%s/00000000-0000-4000-8000-0000000000%02x",
                        pod_phase_name(phase), number);
        scratch_mkdir(where);
        scratch_mkdir(path("%s/apps", where));
        scratch_mkdir(path("%s/apps/web", where));
        (void) snprintf(json, sizeof(json),
                        "{\"acVersion\":\"0.8.11\",\"acKind\":\"PodManifest\",\"apps\":[{\"name\":\"web\","
                        "\"image\":{\"name\":\"example.com/web\",\"id\":\"%s\"}}]}",
                        text(image_id(image)));
        scratch_write(path("%s/pod.json", where), json);
}

static void load(InventoryFlags flags) {
        inventory = inventory_free(inventory);
        assert_int_equal(inventory_load(store, flags, &inventory), 0);
}

static InventoryImage *image(uint8_t head) {
        Digest id = image_id(head);
        InventoryImage *i = inventory_find_image(inventory, &id);

        assert_non_null(i);
        return i;
}

static InventoryLayer *layer(uint8_t head) {
        Digest id = layer_id(head);
        InventoryLayer *l = inventory_find_layer(inventory, &id);

        assert_non_null(l);
        return l;
}

static const InventoryLeftover *leftover(const char *name) {
        for (size_t i = 0; i < inventory->n_leftovers; i++)
                if (streq(inventory->leftovers[i].path, name))
                        return &inventory->leftovers[i];

        fail_msg("%s is not in the inventory", name);
        return NULL;
}

static void test_empty(void **state) {
        Digest id = image_id(1);

        load(INVENTORY_BYTES | INVENTORY_VERDICTS);
        assert_int_equal(inventory->n_layers + inventory->n_images + inventory->n_pods, 0);
        assert_int_equal(inventory->n_leftovers, 11); /* directories */
        for (size_t i = 0; i < inventory->n_leftovers; i++)
                assert_int_equal(inventory->leftovers[i].kind, LEFTOVER_DIRECTORY);
        assert_false(inventory->partial);
        assert_null(inventory_find_image(inventory, &id));
        assert_null(inventory_find_layer(inventory, &id));
        assert_null(inventory_free(NULL));
}

static void test_images(void **state) {
        Digest second = image_id(2);
        uint64_t all, unique;

        add_layer(1, 10000);
        add_layer(2, 20000);
        add_layer(3, 30000);
        add_named_image(1, "b.example/web:1", (uint8_t[]) { 1, 2, 0 });
        add_named_image(2, "b.example/web:2", (uint8_t[]) { 2, 3, 2, 0 });
        assert_int_equal(image_ref_set(store, "a.example/web:2", &second), 0);
        load(INVENTORY_VERDICTS);

        assert_int_equal(inventory->n_images, 2);
        assert_int_equal(strv_length(image(1)->names), 1);
        assert_string_equal(image(2)->names[0], "a.example/web:2");
        assert_string_equal(image(2)->names[1], "b.example/web:2");
        assert_string_equal(image(1)->verdict, "digest");
        assert_true(image(1)->sealed && !image(1)->locked && !image(1)->damaged);
        assert_true(image(1)->used_usec > 0 && image(1)->bytes > 0);
        assert_int_equal(image(2)->layers.n, 2); /* none twice */
        assert_int_equal(image(2)->n_missing, 0);
        assert_int_equal(layer(1)->n_images, 1);
        assert_int_equal(layer(2)->n_images, 2);
        assert_int_equal(layer(2)->n_pods, 0);

        inventory_image_bytes(inventory, image(1), &all, &unique);
        assert_int_equal(all, layer(1)->bytes + layer(2)->bytes);
        assert_int_equal(unique, layer(1)->bytes);
}

static void test_missing_layer(void **state) {
        add_layer(1, 1);
        add_named_image(1, "a", (uint8_t[]) { 1, 2, 0 });
        load(0);
        assert_int_equal(image(1)->n_missing, 1);
        assert_int_equal(image(1)->layers.n, 1);
        assert_null(image(1)->verdict); /* was not asked for */
}

/* It needs what its config names, or what is called as it is. */
static void test_being_fetched(void **state) {
        char config[1024];
        Digest appc = make_digest(DIGEST_SHA512, 7);

        add_layer(1, 1);
        (void) snprintf(config, sizeof(config),
                        "{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\","
                        "\"diff_ids\":[\"sha256:%s\"]}}",
                        text(layer_id(1)) + strlen("sha256-"));
        _cleanup_close_ int oci_fd = add_image(image_id(1), NULL), aci_fd = add_image(appc, NULL);
        assert_return_code(flock(oci_fd, LOCK_SH), errno);
        load(0);
        assert_true(image(1)->locked && !image(1)->sealed && !image(1)->names);
        assert_int_equal(image(1)->layers.n, 0); /* the config has not come yet */

        assert_int_equal(image_file_add(oci_fd, "config", config, strlen(config)), 0);
        scratch_write(path("store/layers/%s.erofs", text(appc)), "x");
        scratch_write(path("store/images/%s/.#1", text(image_id(1))), "x");
        load(0);
        assert_int_equal(layer(1)->n_images, 1);
        assert_int_equal(inventory_find_layer(inventory, &appc)->n_images, 1);
        assert_false(inventory_find_image(inventory, &appc)->locked);
        assert_true(leftover(path("images/%s/.#1", text(image_id(1))))->locked);
}

static void test_dependencies(void **state) {
        char list[1024];

        add_named_image(APPC + 1, "base", (uint8_t[]) { 0 });
        add_named_image(APPC + 2, "app", (uint8_t[]) { 0 });
        (void) snprintf(list, sizeof(list), "%s base\n%s other\n", text(image_id(APPC + 1)),
                        text(image_id(APPC + 9)));
        scratch_write(path("store/images/%s/dependencies", text(image_id(APPC + 2))), list);
        add_pod(POD_EXITED, 1, APPC + 2);
        load(0);
        assert_int_equal(image(APPC + 1)->n_images, 1);
        assert_int_equal(image(APPC + 2)->n_images, 0);
        assert_int_equal(image(APPC + 2)->n_missing, 1);
        assert_int_equal(image(APPC + 2)->n_pods, 1);
        assert_int_equal(image(APPC + 1)->n_pods, 1); /* which needs what its image needs */
}

static void test_pods(void **state) {
        add_layer(1, 1);
        add_named_image(1, "a", (uint8_t[]) { 1, 0 });
        add_named_image(2, "b", (uint8_t[]) { 1, 2, 0 });
        add_pod(POD_PREPARING, 1, 1);
        add_pod(POD_PREPARED, 2, 1);
        add_pod(POD_RUNNING, 3, 1);
        add_pod(POD_EXITED, 4, 2);
        add_pod(POD_GARBAGE, 5, 1);
        _cleanup_close_ int fd =
                        openat(scratch.fd, "store/pods/running/00000000-0000-4000-8000-000000000003",
                               O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_return_code(flock(fd, LOCK_EX), errno);
        load(0);

        assert_int_equal(inventory->n_pods, 5);
        assert_int_equal(image(1)->n_pods, 2); /* not the one that nobody prepares any more, nor garbage */
        assert_int_equal(image(2)->n_pods, 1);
        assert_int_equal(layer(1)->n_pods, 3);
        for (size_t i = 0; i < 5; i++) {
                const InventoryPod *p = &inventory->pods[i];

                assert_int_equal(p->dir.phase, i);
                assert_int_equal(p->alive, i == 2);
                assert_int_equal(p->using, i > 0 && i < 4);
                assert_int_equal(p->n_missing, i == 3);
                assert_int_equal(places_contain(&p->images, 0), p->using && i != 3);
                assert_int_equal(places_contain(&p->images, 1), i == 3);
                assert_int_equal(places_contain(&p->layers, 0), p->using);
                assert_false(p->damaged);
        }
}

/* What is needed cannot be told, and nobody should believe that it is nothing. */
static void test_damaged(void **state) {
        add_named_image(1, "a", (uint8_t[]) { 0 });
        add_named_image(2, "b", (uint8_t[]) { 0 });
        scratch_write(path("store/images/%s/dependencies", text(image_id(1))), "rubbish\n");
        assert_return_code(unlinkat(scratch.fd, path("store/images/%s/layers", text(image_id(2))), 0),
                           errno);
        scratch_write(path("store/images/%s/layers", text(image_id(2))), "rubbish\n");
        add_pod(POD_EXITED, 1, 1);
        scratch_write("store/pods/exited/00000000-0000-4000-8000-000000000001/pod.json", "{");
        load(INVENTORY_VERDICTS);
        assert_true(image(1)->damaged && image(2)->damaged);
        assert_true(inventory->pods[0].damaged && inventory->pods[0].using);
}

static void test_leftovers(void **state) {
        static const struct {
                const char *path;
                LeftoverKind kind;
        } files[] = {
                { "incoming/sha256-aa.part", LEFTOVER_PART },
                { "incoming/file", LEFTOVER_UNKNOWN },
                { "layers/.#1", LEFTOVER_UNFINISHED },
                { "layers/sha256-aa.erofs", LEFTOVER_UNKNOWN },
                { "layers/sha256-aa.damaged", LEFTOVER_DAMAGED },
                { "images/file", LEFTOVER_UNKNOWN },
                { "images/refs/.#1", LEFTOVER_UNFINISHED },
                { "images/refs/rubbish", LEFTOVER_UNKNOWN },
                { "images/refs/name", LEFTOVER_DANGLING },
                { "pods/file", LEFTOVER_UNKNOWN },
                { "pods/exited/file", LEFTOVER_UNKNOWN },
                { "pods/prepared/.#1", LEFTOVER_UNFINISHED },
                { "pods/exited/00000000-0000-4000-8000-000000000001/.#1", LEFTOVER_UNFINISHED },
                { "pods/exited/00000000-0000-4000-8000-000000000001/apps/web/.#1", LEFTOVER_UNFINISHED },
                { "stage1/252-a.erofs", LEFTOVER_STAGE1 },
                { "stage1/252-b.erofs", LEFTOVER_CURRENT },
                { "stage1/current", LEFTOVER_CURRENT },
                { "stage1/.#1", LEFTOVER_UNFINISHED },
                { "stage1/file", LEFTOVER_UNKNOWN },
                { "lost+found", LEFTOVER_UNKNOWN },
        };
        Digest absent = image_id(9);

        add_named_image(1, "known", (uint8_t[]) { 0 });
        assert_int_equal(image_ref_set(store, "name", &absent), 0);
        add_pod(POD_EXITED, 1, 1);
        scratch_mkdir("store/stage1");
        for (size_t i = 0; i < ELEMENTSOF(files); i++)
                if (files[i].kind != LEFTOVER_DANGLING)
                        scratch_write(path("store/%s", files[i].path), "x");
        scratch_write("store/stage1/current", "1 2 3 252-b.erofs\n1 2 3 /program\n1 2 3 /library\n");
        scratch_mkdir("store/incoming/0123");
        scratch_mkdir("store/images/.#2");
        scratch_mkdir("store/pods/exited/00000000-0000-4000-8000-000000000001/apps/web/upper");
        scratch_write("store/pods/exited/00000000-0000-4000-8000-000000000001/apps/web/upper/.#1", "x");
        load(INVENTORY_BYTES);

        for (size_t i = 0; i < ELEMENTSOF(files); i++) {
                const InventoryLeftover *l = leftover(files[i].path);

                if (l->kind != files[i].kind || l->locked || l->changed_usec == 0)
                        fail_msg("%s is of kind %u", files[i].path, l->kind);
        }
        assert_int_equal(leftover("incoming/0123")->kind, LEFTOVER_QUARANTINE);
        assert_int_equal(leftover("images/.#2")->kind, LEFTOVER_UNFINISHED);
        assert_int_equal(inventory->n_leftovers, 11 + /* stage1/ */ 1 + ELEMENTSOF(files) + 2);
}

static void test_locks(void **state) {
        _cleanup_free_ char *name = NULL;

        scratch_write("store/incoming/a.part", "x");
        _cleanup_close_ int part = openat(scratch.fd, "store/incoming/a.part", O_RDONLY | O_CLOEXEC);
        assert_return_code(flock(part, LOCK_EX), errno);
        _cleanup_close_ int quarantine = store_incoming_new(store, "root", &name);
        assert_return_code(quarantine, -quarantine);
        load(0);
        assert_true(leftover("incoming/a.part")->locked);
        assert_true(leftover(path("incoming/%s", name))->locked);
}

static void test_volumes(void **state) {
        assert_int_equal(volume_make(store, "data"), 1);
        scratch_write("store/volumes/data/data/file", "an app's");
        scratch_mkdir("store/volumes/.#1");
        scratch_mkdir("store/volumes/of somebody");
        load(INVENTORY_BYTES);
        assert_int_equal(leftover("volumes")->kind, LEFTOVER_DIRECTORY);
        assert_int_equal(leftover("volumes/data")->kind, LEFTOVER_VOLUME);
        assert_true(leftover("volumes/data")->bytes > 0);
        assert_int_equal(leftover("volumes/.#1")->kind, LEFTOVER_UNFINISHED);
        assert_int_equal(leftover("volumes/of somebody")->kind, LEFTOVER_UNKNOWN);
}

/* To the byte what du(1) says of the whole. */
static void test_sum(void **state) {
        unsigned long long expected = 0;
        uint64_t sum = 0;

        test_leftovers(state);
        assert_int_equal(volume_make(store, "data"), 1);
        add_layer(1, 100000);
        add_named_image(2, "more", (uint8_t[]) { 1, 0 });
        add_pod(POD_PREPARED, 2, 2);
        scratch_write("store/pods/prepared/00000000-0000-4000-8000-000000000002/big", "big");
        assert_return_code(linkat(scratch.fd, "store/incoming/file", scratch.fd, "store/images/again", 0),
                           errno);
        load(INVENTORY_BYTES);
        for (size_t i = 0; i < inventory->n_layers; i++)
                sum += inventory->layers[i].bytes;
        for (size_t i = 0; i < inventory->n_images; i++)
                sum += inventory->images[i].bytes;
        for (size_t i = 0; i < inventory->n_pods; i++)
                sum += inventory->pods[i].bytes;
        for (size_t i = 0; i < inventory->n_leftovers; i++)
                sum += inventory->leftovers[i].bytes;

        FILE *f = popen(path("du --block-size=1 -s '%s'", scratch_path("store")), "r");
        assert_non_null(f);
        assert_int_equal(fscanf(f, "%llu", &expected), 1);
        assert_int_equal(pclose(f), 0);
        assert_int_equal(sum, expected);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_empty),         TEST(test_images),       TEST(test_missing_layer),
                TEST(test_being_fetched), TEST(test_dependencies), TEST(test_pods),
                TEST(test_damaged),       TEST(test_leftovers),    TEST(test_locks),
                TEST(test_volumes),       TEST(test_sum),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
