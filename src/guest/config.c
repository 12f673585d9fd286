/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: reading what the stage has said about the pod.
 * Never: guesses: a record it does not know is an error, since it might have been a restriction.
 * Follows: pod/guest-config.h. */

#include "basic/array.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "guest/config.h"
#include "pod/guest-config.h"

/* What a record is about: the last one of its kind that was begun. */
typedef enum Section {
        OF_POD,
        OF_APP,
        OF_FILE,
        OF_MOUNT,
        OF_INTERFACE,
        OF_ROUTE,
        OF_TEXT,
        _SECTIONS,
} Section;

typedef struct Reader {
        GuestConfig *config; /* NULL: it is the network that is told about */
        GuestNetwork *network;
        void *sections[_SECTIONS]; /* where they are; NULL: none was begun */
} Reader;

static int set_string(void *field, const char *value) {
        *(const char **) field = value;
        return 0;
}

static int set_flag(void *field, const char *value) {
        *(bool *) field = true;
        return streq(value, "1") ? 0 : -EBADMSG;
}

static int set_id(void *field, const char *value) {
        uint64_t id;

        if (str_to_u64(value, &id) < 0 || id > UINT32_MAX)
                return -EBADMSG;

        *(uint32_t *) field = id;
        return 0;
}

static int set_kind(void *field, const char *value) {
        static const char *const kinds[] = {
                [MOUNT_VOLUME] = GUEST_MOUNT_VOLUME,
                [MOUNT_EMPTY] = GUEST_MOUNT_EMPTY,
                [MOUNT_TMPFS] = GUEST_MOUNT_TMPFS,
        };

        for (size_t i = MOUNT_VOLUME; i < ELEMENTSOF(kinds); i++)
                if (streq(value, kinds[i])) {
                        *(int *) field = i;
                        return 0;
                }

        return -EBADMSG;
}

static int set_mac(void *field, const char *value) {
        return hex_decode(value, field, ETH_ALEN) < 0 ? -EBADMSG : 0;
}

static int set_address(void *field, const char *value) {
        return cni_address_parse(value, field) < 0 ? -EBADMSG : 0;
}

static const struct Row {
        const char *key;
        Section section;
        int (*set)(void *field, const char *value);
        size_t offset;
} rows[] = {
        { GUEST_HOSTNAME, OF_POD, set_string, offsetof(GuestConfig, hostname) },
        { GUEST_MACHINE_ID, OF_POD, set_string, offsetof(GuestConfig, machine_id) },
        { GUEST_RW_DISK, OF_POD, set_string, offsetof(GuestConfig, rw_disk) },
        { GUEST_BOOTS, OF_POD, set_flag, offsetof(GuestConfig, boots) },
        { GUEST_PCI, OF_POD, set_flag, offsetof(GuestConfig, pci) },
        { GUEST_VOLUMES, OF_POD, set_flag, offsetof(GuestConfig, volumes) },
        { GUEST_NETWORK, OF_POD, set_flag, offsetof(GuestConfig, network) },
        { GUEST_READ_ONLY, OF_APP, set_flag, offsetof(GuestApp, read_only) },
        { GUEST_TERMINAL, OF_APP, set_flag, offsetof(GuestApp, terminal) },
        { GUEST_MEMORY_MAX, OF_APP, set_string, offsetof(GuestApp, memory_max) },
        { GUEST_MEMORY_HIGH, OF_APP, set_string, offsetof(GuestApp, memory_high) },
        { GUEST_MEMORY_SWAP_MAX, OF_APP, set_string, offsetof(GuestApp, memory_swap_max) },
        { GUEST_TASKS_MAX, OF_APP, set_string, offsetof(GuestApp, tasks_max) },
        { GUEST_CPU_MAX, OF_APP, set_string, offsetof(GuestApp, cpu_max) },
        { GUEST_DISK_BANDWIDTH, OF_APP, set_string, offsetof(GuestApp, disk_bandwidth) },
        { GUEST_DISK_IOPS, OF_APP, set_string, offsetof(GuestApp, disk_iops) },
        { GUEST_OOM_SCORE, OF_APP, set_string, offsetof(GuestApp, oom_score) },
        { GUEST_FILE_TARGET, OF_FILE, set_string, offsetof(GuestFile, target) },
        { GUEST_FILE_KEEP, OF_FILE, set_flag, offsetof(GuestFile, keep) },
        { GUEST_FILE_APPEND, OF_FILE, set_string, offsetof(GuestFile, append) },
        { GUEST_FILE_READ_ONLY, OF_FILE, set_flag, offsetof(GuestFile, read_only) },
        { GUEST_MOUNT_KIND, OF_MOUNT, set_kind, offsetof(GuestMount, kind) },
        { GUEST_MOUNT_SOURCE, OF_MOUNT, set_string, offsetof(GuestMount, source) },
        { GUEST_MOUNT_OPTIONS, OF_MOUNT, set_string, offsetof(GuestMount, options) },
        { GUEST_MOUNT_READ_ONLY, OF_MOUNT, set_flag, offsetof(GuestMount, read_only) },
        { GUEST_MOUNT_COPY, OF_MOUNT, set_flag, offsetof(GuestMount, copy) },
        { GUEST_MOUNT_MODE, OF_MOUNT, set_string, offsetof(GuestMount, mode) },
        { GUEST_MOUNT_UID, OF_MOUNT, set_id, offsetof(GuestMount, uid) },
        { GUEST_MOUNT_GID, OF_MOUNT, set_id, offsetof(GuestMount, gid) },
        { GUEST_INTERFACE_MAC, OF_INTERFACE, set_mac, offsetof(Interface, mac) },
        { GUEST_INTERFACE_MTU, OF_INTERFACE, set_id, offsetof(Interface, mtu) },
        { GUEST_ROUTE_GATEWAY, OF_ROUTE, set_address, offsetof(NetlinkRoute, gateway) },
        { GUEST_ROUTE_SOURCE, OF_ROUTE, set_address, offsetof(NetlinkRoute, source) },
        { GUEST_ROUTE_METRIC, OF_ROUTE, set_id, offsetof(NetlinkRoute, metric) },
        { GUEST_ROUTE_ON_LINK, OF_ROUTE, set_flag, offsetof(NetlinkRoute, on_link) },
        { GUEST_TEXT_CONTENT, OF_TEXT, set_string, offsetof(GuestText, content) },
};

/* One more item of a list, all zero. The list grows by one each time, so that nothing else has to be counted. */
static void *add_item(void *list, size_t *n, size_t size) {
        size_t allocated = *n;

        if (array_reserve(list, &allocated, *n, size) < 0)
                return NULL;
        return memset(*(char **) list + (*n)++ * size, 0, size);
}

static int add_disk(Reader *r, const char *value) {
        const char *colon = strchr(value, ':');

        if (!r->config)
                return -EBADMSG;
        GuestDisk *d = add_item(&r->config->disks, &r->config->n_disks, sizeof(GuestDisk));
        if (!d)
                return -ENOMEM;
        if (!colon || hex_decode(colon + 1, d->uuid, sizeof(d->uuid)) < 0)
                return -EBADMSG;

        *(char *) colon = '\0';
        d->serial = value;
        return 0;
}

static int add_app(Reader *r, const char *value) {
        if (!r->config)
                return -EBADMSG;
        GuestApp *a = add_item(&r->config->apps, &r->config->n_apps, sizeof(GuestApp));
        if (!a)
                return -ENOMEM;

        a->name = value;
        r->sections[OF_APP] = a;
        r->sections[OF_FILE] = r->sections[OF_MOUNT] = NULL;
        return 0;
}

static int add_string(const char ***list, size_t *n, const char *value) {
        const char **item = add_item(list, n, sizeof(char *));
        if (!item)
                return -ENOMEM;

        *item = value;
        return 0;
}

static int add_layer(Reader *r, const char *value) {
        GuestApp *a = r->sections[OF_APP];
        return a ? add_string(&a->layers, &a->n_layers, value) : -EBADMSG;
}

static int add_limit(Reader *r, const char *value) {
        GuestApp *a = r->sections[OF_APP];
        return a ? add_string(&a->limits, &a->n_limits, value) : -EBADMSG;
}

static int add_file(Reader *r, const char *value) {
        GuestApp *a = r->sections[OF_APP];
        if (!a)
                return -EBADMSG;
        GuestFile *f = add_item(&a->files, &a->n_files, sizeof(GuestFile));
        if (!f)
                return -ENOMEM;

        f->text = value;
        r->sections[OF_FILE] = f;
        return 0;
}

static int add_mount(Reader *r, const char *value) {
        GuestApp *a = r->sections[OF_APP];
        if (!a)
                return -EBADMSG;
        GuestMount *m = add_item(&a->mounts, &a->n_mounts, sizeof(GuestMount));
        if (!m)
                return -ENOMEM;

        m->target = value;
        r->sections[OF_MOUNT] = m;
        return 0;
}

static int add_interface(Reader *r, const char *value) {
        if (!r->network || !value[0] || strlen(value) >= IF_NAMESIZE)
                return -EBADMSG;
        Interface *i = add_item(&r->network->interfaces, &r->network->n_interfaces, sizeof(Interface));
        if (!i)
                return -ENOMEM;

        memcpy(i->name, value, strlen(value));
        r->sections[OF_INTERFACE] = i;
        r->sections[OF_ROUTE] = NULL;
        return 0;
}

static int add_address(Reader *r, const char *value) {
        Interface *i = r->sections[OF_INTERFACE];
        if (!i)
                return -EBADMSG;
        CniAddress *a = add_item(&i->addresses, &i->n_addresses, sizeof(CniAddress));

        return a ? set_address(a, value) : -ENOMEM;
}

static int add_route(Reader *r, const char *value) {
        Interface *i = r->sections[OF_INTERFACE];
        if (!i)
                return -EBADMSG;
        NetlinkRoute *route = add_item(&i->routes, &i->n_routes, sizeof(NetlinkRoute));

        r->sections[OF_ROUTE] = route;
        return route ? set_address(&route->destination, value) : -ENOMEM;
}

static int add_text(Reader *r, const char *value) {
        if (!r->network)
                return -EBADMSG;
        GuestText *t = add_item(&r->network->texts, &r->network->n_texts, sizeof(GuestText));
        if (!t)
                return -ENOMEM;

        t->name = value;
        r->sections[OF_TEXT] = t;
        return 0;
}

static const struct {
        const char *key;
        int (*add)(Reader *r, const char *value);
} lists[] = {
        { GUEST_DISK, add_disk },           { GUEST_APP, add_app },         { GUEST_LAYER, add_layer },
        { GUEST_RLIMIT, add_limit },        { GUEST_FILE, add_file },       { GUEST_MOUNT, add_mount },
        { GUEST_INTERFACE, add_interface }, { GUEST_ADDRESS, add_address }, { GUEST_ROUTE, add_route },
        { GUEST_TEXT, add_text },
};

static int read_record(Reader *r, const char *key, const char *value) {
        for (size_t i = 0; i < ELEMENTSOF(lists); i++)
                if (streq(key, lists[i].key))
                        return lists[i].add(r, value);
        for (size_t i = 0; i < ELEMENTSOF(rows); i++)
                if (streq(key, rows[i].key)) {
                        char *section = r->sections[rows[i].section];
                        return section ? rows[i].set(section + rows[i].offset, value) : -EBADMSG;
                }

        return -EBADMSG;
}

static int read_records(Reader *r, char *text, size_t size, char **reterr_why) {
        if (size == 0 || text[size - 1] != '\0')
                return refuse(reterr_why, -EBADMSG, "it is cut off");

        for (char *p = text; p < text + size;) {
                char *next = p + strlen(p) + 1, *equals = strchr(p, '=');

                if (!equals)
                        return refuse_foreign(reterr_why, "not a record", p);
                *equals = '\0';
                int e = read_record(r, p, equals + 1);
                if (e < 0)
                        return e == -EBADMSG ? refuse_foreign(reterr_why, "not something to be told here", p)
                                             : e;
                p = next;
        }

        return 0;
}

static bool is_whole_mount(const GuestMount *m) {
        return m->kind > 0 && (m->kind == MOUNT_TMPFS) == !m->source;
}

static bool is_whole_app(const GuestApp *a) {
        for (size_t i = 0; i < a->n_files; i++)
                if (!a->files[i].target)
                        return false;
        for (size_t i = 0; i < a->n_mounts; i++)
                if (!is_whole_mount(&a->mounts[i]))
                        return false;

        return a->n_layers > 0;
}

static int check(const GuestConfig *c, char **reterr_why) {
        if (c->n_apps == 0 || (c->n_apps > 1 && !c->boots) || !c->machine_id)
                return refuse(reterr_why, -EBADMSG, "it is no pod");
        for (size_t i = 0; i < c->n_apps; i++)
                if (!is_whole_app(&c->apps[i]))
                        return refuse_foreign(reterr_why, "something is missing of the app",
                                              c->apps[i].name);

        return 0;
}

int guest_config_parse(Blob *text, GuestConfig *ret, char **reterr_why) {
        _cleanup_(guest_config_done) GuestConfig c = { .text = text->data };
        Reader reader = { .config = &c, .sections = { [OF_POD] = &c } };
        size_t size = text->size;

        *text = (Blob) {};
        int r = read_records(&reader, c.text, size, reterr_why);
        if (r >= 0)
                r = check(&c, reterr_why);
        if (r < 0)
                return r;

        *ret = c;
        c = (GuestConfig) {};
        return 0;
}

static void app_done(GuestApp *a) {
        free(a->layers);
        free(a->limits);
        free(a->files);
        free(a->mounts);
}

void guest_config_done(GuestConfig *c) {
        for (size_t i = 0; i < c->n_apps; i++)
                app_done(&c->apps[i]);
        free(c->apps);
        free(c->disks);
        free(c->text);
}

static int check_network(const GuestNetwork *n, char **reterr_why) {
        for (size_t i = 0; i < n->n_interfaces; i++)
                if (n->interfaces[i].mtu == 0)
                        return refuse_foreign(reterr_why, "something is missing of the interface",
                                              n->interfaces[i].name);
        for (size_t i = 0; i < n->n_texts; i++)
                if (!n->texts[i].content)
                        return refuse(reterr_why, -EBADMSG, "a text is missing");

        return 0;
}

int guest_network_parse(Blob *text, GuestNetwork *ret, char **reterr_why) {
        _cleanup_(guest_network_done) GuestNetwork n = { .text = text->data };
        Reader reader = { .network = &n };
        size_t size = text->size;

        *text = (Blob) {};
        int r = read_records(&reader, n.text, size, reterr_why);
        if (r >= 0)
                r = check_network(&n, reterr_why);
        if (r < 0)
                return r;

        *ret = n;
        n = (GuestNetwork) {};
        return 0;
}

void guest_network_done(GuestNetwork *n) {
        for (size_t i = 0; i < n->n_interfaces; i++)
                interface_done(&n->interfaces[i]);
        free(n->interfaces);
        free(n->texts);
        free(n->text);
        *n = (GuestNetwork) {};
}
