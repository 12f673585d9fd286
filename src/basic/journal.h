/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basic/blob.h"
#include "basic/macro.h"

/* Entries of the journal, by its own protocol: for programs that have no other use for libsystemd, and would load it with four libraries
 * of its own. */

/* Fields are "NAME=value"; a value may have more than one line. */
int journal_format(char *const *fields, Blob *ret);
int journal_send(char *const *fields);
