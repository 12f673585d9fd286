/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Written by test/corpus-tools/make-simple-signing.py. */
#pragma once

#define SIMPLE_SIGNING_DIGEST "sha256:c3d034ce6ecf5fe1f57faeea26f0059a7fb0e3d0c2e985ac953588f3643a5975"
#define SIMPLE_SIGNED_AT 1706745600 /* 2024-02-01 */

static const char simple_signing_key[] = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n"
                                         "\n"
                                         "mDMEZZIAgBYJKwYBBAHaRw8BAQdALzdoP8C4OdENxyokyhbbp+aJn9ktugKYXC2e\n"
                                         "Q/4sfQ20F21haW4gPG1haW5AZXhhbXBsZS5jb20+iJAEExYIADgWIQSxHCjS3TKA\n"
                                         "kjatitJ/4GRdQwBEswUCZZIAgAIbAwULCQgHAgYVCgkICwIEFgIDAQIeAQIXgAAK\n"
                                         "CRB/4GRdQwBEs2ZHAP96y1Y3MyuClGx+JQVFxji23dgD4oyxzm0G7sxTw37RxQD7\n"
                                         "BgTD+B/jL2Sge54sxSp4f9LB0fhzGilhYdWEhl9pQg4=\n"
                                         "=tTmO\n"
                                         "-----END PGP PUBLIC KEY BLOCK-----\n";
