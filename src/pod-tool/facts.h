/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/table.h"
#include "pod-tool/describe.h"
#include "unit/pod-unit.h"

/* All that `gantry status` says of a pod, a text for each; NULL where there is nothing to say. */
typedef enum Fact {
        FACT_NAME,
        FACT_UUID,
        FACT_STATE,
        FACT_STATUS,
        FACT_APPS,
        FACT_APP_STATES, /* JSON */
        FACT_IMAGES,
        FACT_STAGE1,
        FACT_KERNEL, /* of a virtual machine, as the next ones */
        FACT_MACHINE_MEMORY,
        FACT_VCPUS,
        FACT_ACCELERATOR,
        FACT_STARTED,
        FACT_ENDED,
        FACT_RESULT,
        FACT_UNIT,
        FACT_UNIT_STATE,
        FACT_LEADER,
        FACT_MEMORY, /* numbers of bytes */
        FACT_MEMORY_PEAK,
        FACT_MEMORY_MAX,
        FACT_CPU, /* microseconds */
        FACT_CPU_QUOTA,
        FACT_TASKS,
        FACT_TASKS_MAX,
        FACT_RESTARTS,
        FACT_SOCKETS,
        FACT_NETWORK,
        FACT_ADDRESSES,
        FACT_PORTS,
        FACT_RELAXED,
        FACT_UIDS,
        FACT_LABEL, /* of its processes; NULL: it has none */
        FACT_FILE_LABEL,
        FACT_LABEL_MODE,
        _FACT_MAX,
} Fact;

typedef struct Facts {
        char *cells[_FACT_MAX];
        Table *apps; /* NULL: there is only one */
} Facts;

void facts_done(Facts *f);
#define _cleanup_facts_ _cleanup_(facts_done)

/* `m` may be NULL: without a manager there is nothing to say of the unit. */
int facts_collect(Manager *m, const PodDir *p, Facts *ret);

/* A line a fact, or what belongs together on one; and a table of the apps, if there are several. */
int facts_print(const Facts *f);
