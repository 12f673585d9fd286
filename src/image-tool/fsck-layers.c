/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what can be wrong with layers: each is compared with what was noted down when it was sealed.
 * Never: has one read in this process, which is to draw meanwhile; lets go of a layer that is still good.
 * Follows: docs/STORE.md. */

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "basic/array.h"
#include "basic/fd.h"
#include "basic/log.h"
#include "image-tool/fsck.h"
#include "image-tool/meter.h"
#include "image/hasher.h"
#include "store/image-dir.h"
#include "store/image-layers.h"
#include "store/lock.h"

#define JOBS_MAX 64

/* One layer that is looked at. */
typedef struct Job {
        const Claim *claims; /* what images say of it, the same in all but inode and change time */
        size_t n;
        int fd;
        bool touched;    /* it is not quite the file that was noted down … */
        LayerRecord now; /* … but this one, before it was read: who touches it later is seen again */
        pid_t pid;       /* of who reads it */
} Job;

typedef struct Jobs {
        Fsck *fsck;
        Meter meter;
        Job running[JOBS_MAX];
        size_t n, max;
} Jobs;

/* What is sealed by one name is the same everywhere, so this puts together what needs to be read but once. */
static int compare(const void *a, const void *b) {
        const LayerRecord *x = &((const Claim *) a)->record, *y = &((const Claim *) b)->record;
        int k = digest_compare(&x->id, &y->id);

        if (k == 0)
                k = digest_compare(&x->verity, &y->verity);
        return k != 0 ? k : x->size < y->size ? -1 : x->size > y->size;
}

static size_t count_equal(const Claim *claims, size_t n) {
        size_t i = 1;

        while (i < n && compare(&claims[0], &claims[i]) == 0)
                i++;

        return i;
}

typedef struct LayerText {
        char text[DIGEST_TEXT_MAX];
} LayerText;

static LayerText name_of(const Job *job) {
        LayerText t;

        digest_format_id(&job->claims->record.id, t.text);
        return t;
}

/* Whether the image still is in the store, and claims this layer. */
static bool still_claims(Store *s, const Claim *claim) {
        _cleanup_free_ LayerRecord *layers = NULL;
        size_t n;

        _cleanup_close_ int fd = image_dir_open(s, &claim->image->id);
        if (fd < 0 || image_layers_read(fd, &layers, &n) < 0)
                return false;

        for (size_t i = 0; i < n; i++)
                if (digest_equal(&layers[i].id, &claim->record.id))
                        return true;

        return false;
}

/* Nobody removes a layer that an image claims, unless it goes, too; so what is found under the lock is so. */
static int missing(Fsck *f, const Job *job) {
        _cleanup_close_ int lock = store_lock(f->store, STORE_SHARED);
        if (lock < 0)
                return lock;

        for (size_t i = 0; i < job->n; i++)
                if (still_claims(f->store, &job->claims[i]) &&
                    layer_exists(f->store, &job->claims[i].record.id) == 0)
                        fsck_wrong(f, "Image '%s' needs layer %s, which is missing; fetch it again",
                                   fsck_name(job->claims[i].image).text, name_of(job).text);

        return 0;
}

/* Unless there is another file by now. */
static int put_away(Store *s, const Job *job) {
        _cleanup_close_ int lock = store_lock(s, STORE_EXCLUSIVE);
        if (lock < 0)
                return lock;

        _cleanup_close_ int fd = layer_open(s, &job->claims->record.id);
        if (fd < 0)
                return fd == -ENOENT ? 0 : fd;

        return fd_is_same_file(fd, job->fd) ? layer_quarantine(s, &job->claims->record.id) : 0;
}

static int damaged(Fsck *f, const Job *job, int error) {
        const Digest *id = &job->claims->record.id;

        fsck_wrong(f, "Layer %s of image '%s' is damaged: %s%s", name_of(job).text,
                   fsck_name(job->claims->image).text,
                   error == -EUCLEAN ? "it is not what was sealed" : strerror(-error),
                   f->repair ? "; it is put away, fetch the image again" : "");

        int r = array_reserve(&f->damaged, &f->damaged_allocated, f->n_damaged, sizeof(Digest));
        if (r < 0)
                return r;
        f->damaged[f->n_damaged++] = *id;

        return f->repair ? put_away(f->store, job) : 0;
}

/* Notes down the file as it is now, for all whose image still claims it. */
static int note_in_image(Store *s, const Digest *image, const LayerRecord *now) {
        _cleanup_free_ LayerRecord *layers = NULL;
        size_t n;

        _cleanup_close_ int fd = image_dir_open(s, image);
        int r = fd < 0 ? fd : image_layers_read(fd, &layers, &n);
        if (r < 0)
                return r == -ENOENT ? 0 : r;

        for (size_t i = 0; i < n; i++)
                if (digest_equal(&layers[i].id, &now->id))
                        layers[i] = *now;

        return image_layers_write(fd, layers, n);
}

/* Under the lock, since gc takes what is written in an image that nobody fetches for something given up. */
static int note_again(Fsck *f, const Job *job) {
        _cleanup_close_ int lock = store_lock(f->store, STORE_SHARED);
        int r = MIN(lock, 0);

        for (size_t i = 0; r >= 0 && i < job->n; i++)
                r = note_in_image(f->store, &job->claims[i].image->id, &job->now);

        return r;
}

/* Whoever copies a store, or has a backup of it back, makes all of it look so. Nothing is wrong with it now that it has
 * been read; but stages can only tell by what is noted down. */
static int renew(Fsck *f, const Job *job) {
        log_info("Layer %s was touched since it was sealed, but is what it was; that is noted down",
                 name_of(job).text);

        return note_again(f, job);
}

/* `r` is what was found by reading it. */
static int settle(Fsck *f, Job *job, int r) {
        if (r < 0)
                r = damaged(f, job, r);
        else if (job->touched)
                r = renew(f, job);

        job->fd = fd_close(job->fd);
        return r;
}

/* Waits until one of them has been read. */
static int wait_for_any(Jobs *j) {
        int status;

        pid_t pid = wait(&status);
        if (pid < 0)
                return errno == EINTR ? 0 : -errno;

        for (size_t i = 0; i < j->n; i++) {
                Job job = j->running[i];

                if (job.pid != pid)
                        continue;
                j->running[i] = j->running[--j->n];
                j->fsck->bytes += job.claims->record.size;
                meter_add(&j->meter, job.claims->record.size);
                return settle(j->fsck, &job, WIFEXITED(status) ? -WEXITSTATUS(status) : -EIO);
        }

        return 0;
}

/* The errno is the exit status. It ends with its parent. */
_noreturn_ static void read_layer(const Job *job) {
        (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void) posix_fadvise(job->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
        _exit(-layer_check_whole(job->fd, &job->claims->record));
}

static int start(Jobs *j, Job *job) {
        while (j->n == j->max) {
                int r = wait_for_any(j);
                if (r < 0)
                        return r;
        }

        job->pid = fork();
        if (job->pid < 0)
                return -errno;
        if (job->pid == 0)
                read_layer(job);

        j->running[j->n++] = *job;
        return 0;
}

/* What can be told without reading it: 0, -EUCLEAN, -ESTALE. Each image says it for itself. */
static int check_quickly(const Job *job) {
        int result = 0;

        for (size_t i = 0; i < job->n; i++) {
                int r = layer_check(job->fd, &job->claims[i].record);
                if (r < 0 && (result == 0 || result == -ESTALE))
                        result = r;
        }

        return result;
}

/* What cannot be told without reading it is wrong: no pod is started of it before. */
static int settle_unread(Fsck *f, Job *job) {
        if (job->touched)
                fsck_wrong(f,
                           "Layer %s of image '%s' was touched since it was sealed; 'gantry image fsck' without --quick tells whether it is what it was",
                           name_of(job).text, fsck_name(job->claims->image).text);

        job->fd = fd_close(job->fd);
        return 0;
}

static int check(Jobs *j, const Claim *claims, size_t n) {
        Job job = { .claims = claims, .n = n, .fd = layer_open(j->fsck->store, &claims->record.id) };
        Fsck *f = j->fsck;

        f->n_layers++;
        if (job.fd == -ENOENT)
                return missing(f, &job);

        int r = job.fd < 0 ? job.fd : check_quickly(&job);
        job.touched = r == -ESTALE;
        if (job.touched)
                r = layer_record(job.fd, &claims->record.id, &claims->record.verity, &job.now);
        if (r < 0)
                return settle(f, &job, r);

        return f->quick ? settle_unread(f, &job) : start(j, &job);
}

static uint64_t add_up(const Fsck *f) {
        uint64_t total = 0;

        for (size_t i = 0; i < f->n_claims; i += count_equal(f->claims + i, f->n_claims - i))
                total += f->claims[i].record.size;

        return total;
}

static size_t count_processors(void) {
        cpu_set_t set;

        return sched_getaffinity(0, sizeof(set), &set) < 0 ? 1 : (size_t) CPU_COUNT(&set);
}

static int check_all(Jobs *j) {
        const Fsck *f = j->fsck;
        int r = 0;

        for (size_t i = 0, n; r >= 0 && i < f->n_claims; i += n) {
                n = count_equal(f->claims + i, f->n_claims - i);
                r = check(j, f->claims + i, n);
        }
        while (r >= 0 && j->n > 0)
                r = wait_for_any(j);

        return r;
}

int fsck_layers(Fsck *f) {
        Jobs jobs = { .fsck = f, .max = MIN(count_processors(), (size_t) JOBS_MAX) };

        int r = crypto_init(); /* once, for all children */
        if (r < 0 || f->n_claims == 0)
                return r;

        qsort(f->claims, f->n_claims, sizeof(Claim), compare);
        if (f->quick)
                return check_all(&jobs);

        meter_begin(&jobs.meter, "Checking", add_up(f));
        r = check_all(&jobs);
        meter_end(&jobs.meter);
        return r;
}
