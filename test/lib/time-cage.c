/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: what cages cost: each of their bars, each in children of its own, and the process with the credentials.
 * Never: confines itself.
 * Follows: test/bench.d/cage. Prints one line a figure: the best of 60 rounds, in turn, in microseconds. */

#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "basic/capability.h"
#include "basic/confine.h"
#include "basic/fd.h"
#include "basic/landlock.h"
#include "registry/credential-agent.h"

#define ROUNDS 60U
#define CALLS 2000U

static int store_fd;

static double now(void) {
        struct timespec t;

        (void) clock_gettime(CLOCK_MONOTONIC, &t);
        return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

static int none(void) {
        return 0;
}

static int capabilities(void) {
        return capability_limit(CAPABILITY(DAC_OVERRIDE));
}

static int landlock(void) {
        static const char *const programs[] = { "/bin/sh", NULL };

        return landlock_limit(&(LandlockLimit) { .execute = programs, .directory_fd = store_fd });
}

static int cage_fetch(void) {
        return confine(CONFINE_FETCH, store_fd);
}

static int cage_verify(void) {
        return confine(CONFINE_VERIFY, store_fd);
}

static int cage_prepare(void) {
        return confine(CONFINE_PREPARE, store_fd);
}

static int cage_credentials(void) {
        return confine(CONFINE_CREDENTIALS, /* directory_fd= */ -EBADF);
}

static const struct {
        const char *name;
        int (*enter)(void);
} bars[] = {
        { "nothing", none },         { "capabilities", capabilities },
        { "landlock", landlock },    { "without-landlock", cage_credentials },
        { "fetch", cage_fetch },     { "verify", cage_verify },
        { "prepare", cage_prepare },
};

#define BARS ELEMENTSOF(bars)

typedef struct Times {
        double enter[BARS][ROUNDS], call[BARS][ROUNDS], start[ROUNDS], ask[ROUNDS];
} Times;

_noreturn_ static void measure(Times *times, size_t i, size_t round) {
        (void) prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);

        double begin = now();
        int r = bars[i].enter();
        double entered = now();
        for (size_t n = 0; n < CALLS; n++)
                (void) syscall(SYS_getppid);
        times->call[i][round] = (now() - entered) / CALLS;
        times->enter[i][round] = entered - begin;
        _exit(r < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}

static int measure_agent(Times *times, size_t round) {
        _cleanup_credentials_ Credentials c = {};
        int socket;

        double begin = now();
        int r = credential_agent_start(/* authfile= */ NULL, &socket);
        double started = now();
        if (r < 0)
                return r;
        r = credential_agent_ask(socket, "registry.example", &c, NULL);
        times->ask[round] = now() - started;
        times->start[round] = started - begin;
        fd_close(socket);
        return r < 0 || wait(NULL) < 0 ? -EIO : 0;
}

static double best(const double *of) {
        double least = of[0];

        for (size_t i = 1; i < ROUNDS; i++)
                least = MIN(least, of[i]);
        return least;
}

int main(void) {
        Times *times = mmap(NULL, sizeof(Times), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

        store_fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (times == MAP_FAILED || store_fd < 0)
                return EXIT_FAILURE;
        for (size_t round = 0; round < ROUNDS; round++) {
                for (size_t i = 0; i < BARS; i++) {
                        int status;

                        pid_t pid = fork();
                        if (pid == 0)
                                measure(times, i, round);
                        if (pid < 0 || waitpid(pid, &status, 0) < 0 || status != 0) {
                                fprintf(stderr, "cannot enter '%s'\n", bars[i].name);
                                return EXIT_FAILURE;
                        }
                }
                if (measure_agent(times, round) < 0)
                        return EXIT_FAILURE;
        }

        for (size_t i = 1; i < BARS; i++)
                printf("figure cage-%s %.0f us\n", bars[i].name, best(times->enter[i]));
        printf("figure cage-call-without %.3f us\nfigure cage-call-within %.3f us\n", best(times->call[0]),
               best(times->call[4]));
        printf("figure credentials-start %.0f us\nfigure credentials-ask %.0f us\n", best(times->start),
               best(times->ask));
        return EXIT_SUCCESS;
}
