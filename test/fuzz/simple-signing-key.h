/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Written by test/corpus-tools/make-simple-signing.py. */
#pragma once

#define SIMPLE_SIGNING_DIGEST "sha256:c3d034ce6ecf5fe1f57faeea26f0059a7fb0e3d0c2e985ac953588f3643a5975"
#define SIMPLE_SIGNED_AT 1706745600 /* 2024-02-01 */

static const char simple_signing_key[] = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n"
                                         "\n"
                                         "mDMEZZIAgBYJKwYBBAHaRw8BAQdAY6ZVoEue6py8R8GTXdbKgS8vJTV3pZa5EBzd\n"
                                         "wnfnT4K0F21haW4gPG1haW5AZXhhbXBsZS5jb20+iJAEExYIADgWIQQEvWnkIde3\n"
                                         "EV+1fr3w/K9JTHPf4QUCZZIAgAIbAwULCQgHAgYVCgkICwIEFgIDAQIeAQIXgAAK\n"
                                         "CRDw/K9JTHPf4TbrAP0QdxokD24jNBxZOuLkElcerynObITduXoWfN22aeSecwEA\n"
                                         "l9Irdrv9UIfkIYHu9ofdE/8mbGOLQnLnxeSys003cgQ=\n"
                                         "=lQZV\n"
                                         "-----END PGP PUBLIC KEY BLOCK-----\n";
