/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "policy/policy.h"
#include "verify/answer.h"
#include "verify/evidence.h"

/* Each of these reads and computes in a worker and gives a complete answer; whatever goes wrong is a
 * refusal in it. Errors (-errno) are for lack of resources only, and as good as a refusal. */

/* An OCI image, or an ACI of the store whose name and documents are known. */
int judge_image(const Policy *policy, const Evidence *e, Answer *ret);

/* An ACI file: is it signed by any key of any rule? Fills the documents. */
int judge_signer(const Policy *policy, const Evidence *e, Answer *ret);

/* An ACI file whose manifest has been taken out of it: name, reference and verdict; `signer` is
 * judge_signer()'s answer. */
int judge_aci(const Policy *policy, const Evidence *e, const Answer *signer, const Blob *manifest,
              Answer *ret);

/* Keys given by hand instead of rules; the name of the image may be NULL. The signature is cosign's if
 * there is a payload, else OpenPGP's on `document`. */
int judge_by_keys(const Policy *keys, const Evidence *e, Answer *ret);

/* How many of the evidence's digests a signature or pin may name: a signed index vouches for the manifest only if it lists
 * it. Parses the index, so it is for workers. */
size_t judge_count_digests(const Evidence *e);

/* The verdict rests on the image's index rather than on its manifest. */
bool judge_used_index(const Evidence *e, const Answer *answer);

/* The rule a name is judged by, for telling people. */
const Rule *judge_rule(const Policy *policy, const char *name);
