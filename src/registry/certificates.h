/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "registry/access.h"

#define CERTIFICATES_MAX (1024U * 1024U)

/* Reads what certs.d/HOST has for the endpoint's host: authorities (all *.crt), and our certificate (*.cert)
 * with its key (*.key). -errno and *reterr_why (may be NULL), which names the file, if it cannot be used. */
int certificates_load(Endpoint *e, char **reterr_why);

/* The authorities alone, NULL if there are none: for a host that a registry leads to. */
int certificates_authorities(const char *host, char **ret, char **reterr_why);
