/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gcrypt.h>

/* For _cleanup_(): what libgcrypt allocates for arithmetic. */

static inline void context_releasep(gcry_ctx_t *c) {
        gcry_ctx_release(*c);
}

static inline void mpi_releasep(gcry_mpi_t *m) {
        gcry_mpi_release(*m);
}

static inline void point_releasep(gcry_mpi_point_t *p) {
        gcry_mpi_point_release(*p);
}
