/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: how people see the facts about a pod.
 * Never: shows a line that has nothing to say.
 * Follows: gantry-status(1). */

#include <stdio.h>

#include "basic/amount.h"
#include "basic/str.h"
#include "basic/units.h"
#include "pod-tool/facts.h"

/* In the powers of 1024 that limits are set in. */
static const char *bytes(const char *number, ShortText *buffer) {
        uint64_t n;

        if (!number || str_to_u64(number, &n) < 0)
                return NULL;

        amount_format(n, buffer->text);
        return buffer->text;
}

static const char *processor_time(const char *number, ShortText *buffer) {
        uint64_t usec;

        if (!number || str_to_u64(number, &usec) < 0)
                return NULL;

        if (usec < 1000000)
                (void) snprintf(buffer->text, sizeof(buffer->text), "%u ms", (unsigned) (usec / 1000));
        else if (usec < 60000000)
                (void) snprintf(buffer->text, sizeof(buffer->text), "%.1f s", usec / 1000000.0);
        else
                *buffer = format_seconds(usec / 1000000);
        return buffer->text;
}

/* "LABEL: IS (peak PEAK, at most MOST)" */
static void print_use(const char *label, const char *is, const char *peak, const char *most) {
        if (!is && !most)
                return;

        printf("%8s: %s", label, is ? is : "-");
        if (peak || most)
                printf(" (%s%s%s%s%s)", peak ? "peak " : "", peak ? peak : "", peak && most ? ", " : "",
                       most ? "at most " : "", most ? most : "");
        putchar('\n');
}

static void print_line(const char *label, const char *text, const char *more) {
        if (text)
                printf("%8s: %s%s%s%s\n", label, text, more ? " (" : "", more ? more : "", more ? ")" : "");
}

/* "kvm (kernel 6.1.0, 2 vCPUs, 522M, tcg)" */
static void print_stage1(char *const *c) {
        ShortText memory;

        if (!c[FACT_KERNEL]) {
                print_line("Stage1", c[FACT_STAGE1], NULL);
                return;
        }

        printf("%8s: %s (kernel %s, %s vCPU%s, %s, %s)\n", "Stage1", c[FACT_STAGE1], c[FACT_KERNEL],
               c[FACT_VCPUS], streq(c[FACT_VCPUS], "1") ? "" : "s", bytes(c[FACT_MACHINE_MEMORY], &memory),
               c[FACT_ACCELERATOR]);
}

/* An end that is not the app's doing is worth a word. */
static const char *remarkable(const char *result) {
        static const char *const usual[] = { "success", "exit-code", "signal", "core-dump", "oom-kill" };

        for (size_t i = 0; i < ELEMENTSOF(usual); i++)
                if (streq_ptr(result, usual[i]))
                        return NULL;

        return result;
}

int facts_print(const Facts *f) {
        char *const *c = f->cells;
        ShortText a, b, d;

        print_line("Name", c[FACT_NAME], NULL);
        print_line("UUID", c[FACT_UUID], NULL);
        print_line("State", c[FACT_STATE], NULL);
        print_line("Result", remarkable(c[FACT_RESULT]), NULL);
        print_line("Status", c[FACT_STATUS], NULL);
        print_line("Apps", c[FACT_APPS], NULL);
        print_line("Images", c[FACT_IMAGES], NULL);
        print_stage1(c);
        print_line("Started", c[FACT_STARTED], NULL);
        print_line("Ended", c[FACT_ENDED], NULL);
        print_line("Unit", c[FACT_UNIT], c[FACT_UNIT_STATE]);
        print_line("Restarts", c[FACT_RESTARTS], NULL);
        print_line("Sockets", c[FACT_SOCKETS], NULL);
        print_line("Network", c[FACT_NETWORK], NULL);
        print_line("Address", c[FACT_ADDRESSES], NULL);
        print_line("Ports", c[FACT_PORTS], NULL);
        print_line("Leader", c[FACT_LEADER], NULL);
        print_use("Memory", bytes(c[FACT_MEMORY], &a), bytes(c[FACT_MEMORY_PEAK], &b),
                  bytes(c[FACT_MEMORY_MAX], &d));
        print_use("CPU", processor_time(c[FACT_CPU], &a), NULL, c[FACT_CPU_QUOTA]);
        print_use("Tasks", c[FACT_TASKS], NULL, c[FACT_TASKS_MAX]);
        print_line("Relaxed", c[FACT_RELAXED], NULL);
        print_line("UIDs", c[FACT_UIDS], NULL);
        print_line("Label", c[FACT_LABEL], c[FACT_LABEL_MODE]);
        print_line("Files", c[FACT_FILE_LABEL], NULL);

        if (f->apps) {
                putchar('\n');
                return table_print(f->apps);
        }

        return fflush(stdout) == EOF ? -errno : 0;
}
