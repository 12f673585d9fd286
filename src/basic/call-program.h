/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>

#include "basic/macro.h"

/* A seccomp program, put together step by step: libseccomp takes longer for that than a program of ours runs. */
#define CALL_PROGRAM_MAX 224

typedef struct CallProgram {
        struct sock_filter steps[CALL_PROGRAM_MAX];
        size_t n; /* more than there is room for: it cannot be loaded */
} CallProgram;

/* A step, for what the functions below do not do. */
#define CALL_STEP(...) ((struct sock_filter) __VA_ARGS__)
#define CALL_WHEN(test, value, then, otherwise)                                                             \
        CALL_STEP(BPF_JUMP(BPF_JMP | (test) | BPF_K, value, then, otherwise))
#define CALL_LOAD(offset) CALL_STEP(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset))
#define CALL_ANSWER(action) CALL_STEP(BPF_STMT(BPF_RET | BPF_K, action))
#define CALL_REFUSE(error) CALL_ANSWER(SECCOMP_RET_ERRNO | (error))

void call_program_add(CallProgram *p, struct sock_filter step);

/* Comes first. Loads the number of the call; numbers that mean something else kill. */
void call_program_begin(CallProgram *p);

/* These calls (SYS_…, ends with -1) end with `action`. */
void call_program_answer(CallProgram *p, const int *calls, uint32_t action);

/* All others end with `action`. Puts the program on the calling process, and all that it starts, for good. It must have no_new_privs. 0,
 * -E2BIG or another -errno. */
int call_program_load(CallProgram *p, uint32_t action);
