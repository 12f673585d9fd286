/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: an image and all that it needs, directly or not, while they come together.
 * Never: lets one in that gantry-verify has not admitted today; gives one a name that lacks another.
 * Follows: App Container spec 0.8.11, aci.md, "Dependency Matching"; docs/ARCHITECTURE.md, "Fetch". */

#include <string.h>

#include "basic/fd.h"
#include "basic/log.h"
#include "basic/str.h"
#include "fetch/aci-family.h"
#include "fetch/aci-lookup.h"
#include "fetch/aci-member.h"
#include "fetch/quarantine.h"
#include "store/image-dependencies.h"
#include "store/image-layers.h"
#include "store/lock.h"

/* Within one image, the same question has the same answer, and the one it had when the image was fetched before:
 * pods that were made of it are judged by what is written beside it. */
typedef struct Family {
        const AciDownload *top;             /* what was asked for */
        AciMember members[APPC_LAYERS_MAX]; /* all are locked until the last is complete */
        size_t n;
        ImageDependencies answers;  /* in the order in which they were complete */
        size_t way[APPC_DEPTH_MAX]; /* who needs whom, from the image that was asked for */
        size_t depth;
        uint64_t unpacked; /* bytes in all so far, for which there is one limit */
        bool told;         /* who is to blame */
} Family;

static void family_done(Family *f) {
        for (size_t i = 0; i < f->n; i++)
                aci_member_done(&f->members[i]);

        image_dependencies_done(&f->answers);
}

/* "it needs 'B', which needs 'C'": those on the way, and the last. */
static int describe_way(const Family *f, const char *last, char **ret) {
        _cleanup_free_ char *text = NULL;
        int r = str_copy("it needs", &text);

        for (size_t i = 1; i <= f->depth && r >= 0; i++) {
                _cleanup_free_ char *head = TAKE_PTR(text);
                const char *name = i < f->depth ? f->members[f->way[i]].text : last;

                r = str_printf(&text, "%s '%s'%s", head, name, i < f->depth ? ", which needs" : "");
        }
        if (r < 0)
                return r;

        *ret = TAKE_PTR(text);
        return 0;
}

/* Said once: for those on the way it is the same story. `why` may be NULL, when it has been said. */
static int refuse(Family *f, const char *last, int error, const char *why) {
        _cleanup_free_ char *way = NULL;

        if (f->told || error == -ECANCELED)
                return error;

        f->told = true;
        int r = describe_way(f, last, &way);
        return log_full(LOG_ERR, error, "Cannot use '%s': %s%s%s", f->members[f->way[0]].text,
                        r < 0 ? "out of memory" : way, why ? ": " : "", why ? why : "");
}

/* An image that would answer, and needs it itself. */
static bool is_circle(const Family *f, const AppcDependency *d) {
        for (size_t i = 0; i < f->depth; i++) {
                const AciImage *image = &f->members[f->way[i]].image;

                if (d->has_id ? digest_equal(&d->id, &image->image.id)
                              : appc_image_check(image->manifest, d->image_name, &d->labels, NULL) >= 0)
                        return true;
        }

        return false;
}

/* Takes the image. It may be there already, by another name. */
static int join(Family *f, AciImage *image, const char *text, size_t *ret) {
        for (size_t i = 0; i < f->n; i++)
                if (digest_equal(&f->members[i].image.image.id, &image->image.id)) {
                        *ret = i;
                        return 0;
                }
        if (f->n == ELEMENTSOF(f->members))
                return log_error_errno(E2BIG, "Cannot use '%s': more than %zu images are needed for it",
                                       f->top->aci.text, ELEMENTSOF(f->members));

        int r = aci_member_init(&f->members[f->n], image, text);
        if (r < 0)
                return log_error_errno(r, "Cannot use '%s': %m", text);

        *ret = f->n++;
        return 0;
}

static int remember(Family *f, const Digest *id, const char *text) {
        for (size_t i = 0; i < f->answers.n; i++)
                if (digest_equal(&f->answers.items[i].id, id) && streq(f->answers.items[i].reference, text))
                        return 0;

        return image_dependencies_add(&f->answers, id, text);
}

/* What it was completed with before. */
static int recall(Family *f, const AciImage *image) {
        _cleanup_dependencies_ ImageDependencies before = {};

        int r = image_dependencies_read(image->image.fd, &before);
        for (size_t i = 0; i < before.n && r >= 0; i++)
                r = remember(f, &before.items[i].id, before.items[i].reference);

        return r < 0 ? log_error_errno(r, "Cannot read the dependencies of '%s': %m", f->top->aci.text) : 0;
}

/* Below the member, or below what is. `needed` is as long as there are members. */
static void mark_needed(const Family *f, size_t number, bool *needed) {
        const AciMember *m = &f->members[number];

        for (size_t i = 0; i < m->image.manifest->n_dependencies; i++) {
                size_t other = m->dependencies[i];

                if (!needed[other]) {
                        needed[other] = true;
                        mark_needed(f, other, needed);
                }
        }
}

static bool is_needed(const Family *f, const bool *needed, const Digest *id) {
        for (size_t i = 0; i < f->n; i++)
                if (needed[i] && digest_equal(&f->members[i].image.image.id, id))
                        return true;

        return false;
}

/* Of all answers, those that have to do with the member. */
static int write_dependencies(const Family *f, size_t number) {
        _cleanup_dependencies_ ImageDependencies d = {};
        bool needed[APPC_LAYERS_MAX] = {};
        int r = 0;

        mark_needed(f, number, needed);
        for (size_t i = 0; i < f->answers.n && r >= 0; i++)
                if (is_needed(f, needed, &f->answers.items[i].id))
                        r = image_dependencies_add(&d, &f->answers.items[i].id,
                                                   f->answers.items[i].reference);
        if (r >= 0)
                r = image_dependencies_write(f->members[number].image.image.fd, &d);

        return r < 0 ? log_error_errno(r, "Cannot note down what '%s' needs: %m", f->members[number].text)
                     : 0;
}

/* By what it calls itself, and by what it was asked for unless that is a file. */
static int set_names(AciMember *m, const Reference *asked) {
        _cleanup_free_ char *name = NULL;

        int r = aci_image_name(&m->image, &name);
        if (r < 0)
                return log_error_errno(r, "Cannot name '%s': %m", m->text);

        r = image_finish(&m->image.image, name);
        if (r >= 0 && asked->kind != REFERENCE_ACI_FILE && !streq(name, m->text))
                r = image_finish(&m->image.image, m->text);

        return r;
}

static int gather(Family *f, size_t member);

static int bring(Family *f, const AciDownload *d, size_t *ret) {
        _cleanup_aci_image_ AciImage image = ACI_IMAGE_NULL;
        const Reference *asked = d->aci.reference;
        size_t member;

        int r = asked->kind == REFERENCE_ACI_FILE ? aci_import(&d->aci, &image) : aci_download(d, &image);
        f->unpacked += image.unpacked;
        if (r >= 0)
                r = recall(f, &image);
        if (r >= 0)
                r = join(f, &image, d->aci.text, &member);
        if (r >= 0)
                r = gather(f, member);
        if (r >= 0)
                r = write_dependencies(f, member);
        if (r >= 0)
                r = aci_member_set_layers(f->members, f->n, member);
        if (r >= 0)
                r = set_names(&f->members[member], asked);
        if (r < 0)
                return r;

        *ret = member;
        return 0;
}

static int download(Family *f, const AppcDependency *dependency, const Reference *reference,
                    const char *text, size_t *ret) {
        FetchLimits limits = *f->top->limits;
        AciDownload d = *f->top;

        /* Somebody who sends more than was announced need not be listened to. */
        if (dependency->size > 0)
                limits.compressed_max = MIN(limits.compressed_max, dependency->size);
        d.limits = &limits;
        d.aci.unpacked_max -= f->unpacked;
        d.aci.reference = reference;
        d.aci.text = text;
        d.aci.id = dependency->has_id ? &dependency->id : NULL;
        return bring(f, &d, ret);
}

/* 1, or 0 if the store has none. */
static int open_stored(Family *f, const AppcDependency *dependency, const char *text, Image *ret) {
        Store *s = f->top->aci.store;
        Digest id;

        _cleanup_close_ int lock = store_lock(s, STORE_SHARED);
        int r = lock < 0 ? lock
                         : aci_lookup(s,
                                      &(AciLookup) { .dependency = dependency,
                                                     .text = text,
                                                     .platform = f->top->aci.platform,
                                                     .known = &f->answers },
                                      &id);
        if (r < 0)
                return log_error_errno(r, "Cannot look for '%s' in '%s': %m", text, store_path(s));
        if (r == 0)
                return 0;

        r = image_open(s, &id, ret);
        return r < 0 ? r : 1;
}

static int take_stored(Family *f, Image *stored, const char *text, size_t *ret) {
        _cleanup_aci_image_ AciImage image = { .image = *stored };
        Store *s = stored->store;
        Digest id = stored->id;

        *stored = IMAGE_NULL;
        int r = quarantine_check_stored(s, &id);
        if (r >= 0)
                r = aci_image_read(&image, text);
        if (r < 0)
                return r;

        r = image_layers_find(s, &id, &id, &image.layer);
        if (r < 0)
                return log_error_errno(r, "Cannot use the layer of '%s': %s", text,
                                       image_layers_strerror(r));
        r = join(f, &image, text, ret);
        return r < 0 ? r : gather(f, *ret);
}

/* From the store, or else from where discovery says. */
static int find(Family *f, const AppcDependency *dependency, const Reference *reference, const char *text,
                size_t *ret) {
        _cleanup_image_ Image stored = IMAGE_NULL;

        int r = open_stored(f, dependency, text, &stored);
        if (r < 0)
                return r;

        return r > 0 ? take_stored(f, &stored, text, ret) : download(f, dependency, reference, text, ret);
}

static int resolve(Family *f, const AppcDependency *dependency, size_t *ret) {
        _cleanup_reference_ Reference *reference = NULL;
        _cleanup_free_ char *text = NULL;
        size_t member;

        int r = aci_dependency_reference(dependency, &reference, &text);
        if (r < 0)
                return refuse(f, dependency->image_name, r,
                              r == -EINVAL ? "a label of it cannot be asked for" : strerror(-r));
        if (is_circle(f, dependency))
                return refuse(f, text, -ELOOP, "images may not need each other");
        if (f->depth == ELEMENTSOF(f->way))
                return refuse(f, text, -ELOOP, "no more than 32 may need one another in a row");

        r = find(f, dependency, reference, text, &member);
        if (r < 0)
                return refuse(f, text, r, /* why= */ NULL);

        *ret = member;
        r = remember(f, &f->members[member].image.image.id, text);
        return r < 0 ? log_error_errno(r, "Cannot use '%s': %m", text) : 0;
}

/* Finds all that a member depends on, once. */
static int gather(Family *f, size_t number) {
        AciMember *m = &f->members[number];
        const AppcImage *manifest = m->image.manifest;
        int r = 0;

        if (m->dependencies)
                return 0;
        if (manifest->n_dependencies > APPC_LAYERS_MAX)
                return log_error_errno(E2BIG, "Cannot use '%s': it needs more than %u others", m->text,
                                       APPC_LAYERS_MAX);
        m->dependencies = calloc(manifest->n_dependencies + 1, sizeof(size_t));
        if (!m->dependencies)
                return log_error_errno(ENOMEM, "Cannot use '%s': %m", m->text);

        f->way[f->depth++] = number;
        for (size_t i = 0; i < manifest->n_dependencies && r >= 0; i++)
                r = resolve(f, &manifest->dependencies[i], &m->dependencies[i]);
        f->depth--;

        return r;
}

int aci_fetch(const AciDownload *d, Digest *ret) {
        _cleanup_(family_done) Family f = { .top = d };
        size_t top;

        int r = bring(&f, d, &top);
        if (r < 0)
                return r;

        *ret = f.members[top].image.image.id;
        return 0;
}
