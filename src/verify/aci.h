/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "verify/judge.h"

/* Judges an ACI file in the order of the specification's threat model: signature over the file as it was
 * transferred; only then the archive is opened, by seal-layer in its cage, to learn the manifest and the
 * image ID; then the key is authorised for the manifest's name. A refusal is an answer, not an error; the
 * manifest and ID are known only if the archive was opened (*ret_manifest not empty). Logs errors. */
int aci_judge(const Policy *policy, const Evidence *e, Answer *ret_signer, Blob *ret_manifest,
              Digest *ret_id, Answer *ret);
