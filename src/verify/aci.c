/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the order in which an ACI is judged.
 * Never: opens an archive that nobody trusted has signed, unless a rule says that signatures are not
 * asked for.
 * Follows: appc aci.md "Image Archives", "Signing". */

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "basic/fd.h"
#include "basic/log.h"
#include "basic/process.h"
#include "basic/str.h"
#include "image/appc.h"
#include "verify/aci.h"

#define COMPLAINT_MAX 4096U

/* Is there a rule under which an image may come without a signature? Then its name must be known before
 * it can be refused. */
static bool unsigned_is_possible(const Policy *policy) {
        const Rule *rule;

        for (size_t i = 0; (rule = rule_set_at(policy->rules, i)); i++)
                if (!rule->broken && (rule->require != RULE_REQUIRE_SIGNATURE || !rule->enforce))
                        return true;

        return false;
}

/* seal-layer does not know what it reads from. */
static int complain(const Evidence *e, int complaint_fd) {
        _cleanup_blob_ Blob text = {};

        int r = fd_reread_blob(complaint_fd, COMPLAINT_MAX, &text);
        if (r < 0)
                return log_error_errno(r, "Cannot read what seal-layer says of '%s': %m", e->text);

        str_to_line(text.data);
        const char *why = startswith(text.data, "Cannot seal layer: ");
        return log_error_errno(-EBADMSG, "Cannot open image '%s': %s", e->text,
                               why ? why : (const char *) text.data);
}

/* The archive's manifest and ID, by seal-layer, which can do nothing but read and answer. */
static int open_archive(const Evidence *e, Blob *ret_manifest, Digest *ret_id) {
        _cleanup_free_ char *program = NULL, *line = NULL;

        _cleanup_close_ int manifest_fd = memfd_create("manifest", MFD_CLOEXEC),
                            complaint_fd = memfd_create("complaint", MFD_CLOEXEC);
        if (manifest_fd < 0 || complaint_fd < 0)
                return log_error_errno(errno, "Cannot make a file in memory: %m");

        int r = program_path("seal-layer", &program);
        if (r >= 0)
                r = process_capture(
                                &(Spawn) {
                                                .argv = (char *[]) { program, (char *) "--format=aci",
                                                                     (char *) "--manifest-only",
                                                                     (char *) "--manifest=3", NULL },
                                                .user = "gantry-seal",
                                                .in = e->document,
                                                .out = -EBADF,
                                                .err = complaint_fd,
                                                .pass = &manifest_fd,
                                                .n_pass = 1,
                                },
                                4096, &line);
        if (r > 0 && r < 128)
                return complain(e, complaint_fd);
        if (r != 0)
                return log_error_errno(r < 0 ? r : -EBADMSG, "Cannot open image '%s': seal-layer failed",
                                       e->text);

        line[strcspn(line, " \n")] = '\0';
        r = digest_parse(line, ret_id);
        if (r >= 0)
                r = fd_reread_blob(manifest_fd, APPC_DOCUMENT_MAX, ret_manifest);

        return r < 0 ? log_error_errno(r, "Cannot read the manifest of '%s': %m", e->text) : 0;
}

int aci_judge(const Policy *policy, const Evidence *e, Answer *ret_signer, Blob *ret_manifest,
              Digest *ret_id, Answer *ret) {
        int r = judge_signer(policy, e, ret_signer);
        if (r < 0)
                return log_error_errno(r, "Cannot judge image '%s': %s", e->text, user_strerror(r));
        if (!ret_signer->record.admitted && !unsigned_is_possible(policy)) {
                *ret = *ret_signer;
                return 0;
        }

        r = open_archive(e, ret_manifest, ret_id);
        if (r < 0)
                return r;
        r = judge_aci(policy, e, ret_signer, ret_manifest, ret);
        if (r < 0)
                return log_error_errno(r, "Cannot judge image '%s': %s", e->text, user_strerror(r));

        return 0;
}
