/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: one directory below incoming/ and the question to gantry-verify whether it may leave it.
 * Never: reads what is in the directory.
 * Follows: docs/ARCHITECTURE.md, "Fetch". */

#include "basic/cli.h"
#include "basic/fd.h"
#include "basic/log.h"
#include "basic/process.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "fetch/child-failed.h"
#include "fetch/quarantine.h"

int quarantine_new(Store *s, const char *reference, Quarantine *ret) {
        _cleanup_quarantine_ Quarantine q = { .store = s };

        q.fd = store_incoming_new(s, "gantry-fetch", &q.name);
        if (q.fd < 0)
                return log_error_errno(q.fd,
                                       "Cannot make a directory in '%s/incoming' for user gantry-fetch: %s",
                                       store_path(s), user_strerror(q.fd));

        int r = str_copy(reference, &q.reference);
        if (r < 0)
                return log_error_errno(r, "Cannot name a quarantine: %m");

        *ret = q;
        q = QUARANTINE_NULL;
        return 0;
}

void quarantine_done(Quarantine *q) {
        if (q->name) {
                int r = store_incoming_remove(q->store, q->name);
                if (r < 0)
                        log_warning_errno(r, "Cannot remove '%s/incoming/%s', ignoring: %m",
                                          store_path(q->store), q->name);
        }

        fd_close(q->fd);
        free(q->name);
        free(q->reference);
        *q = QUARANTINE_NULL;
}

/* `question` is one of its options, and `reference` what goes with it (NULL: nothing). Not started as a child that a signal ends: it is quick, and half an
 * admission would be hard to undo. */
static int run_verify(Store *s, const char *question, const char *what, const char *reference, char **ret) {
        _cleanup_strv_ char **argv = NULL;

        int r = program_command(&argv, "gantry-verify", store_path(s), NULL);
        if (r >= 0)
                r = strv_addf(&argv, "--%s=%s", question, what);
        if (r >= 0 && reference)
                r = strv_addf(&argv, "--name=%s", reference);
        if (r >= 0 && cli_quiet)
                r = strv_add(&argv, "--quiet");
        if (r >= 0) {
                Spawn child = { .argv = argv, .in = -EBADF, .out = -EBADF, .err = -EBADF };
                r = process_capture(&child, DIGEST_TEXT_MAX + sizeof(" known\n"), ret);
        }
        if (r < 0)
                return log_error_errno(r, "Cannot run gantry-verify: %m");

        return r > 0 ? child_failed("gantry-verify", r) : 0;
}

int quarantine_check_name(Store *s, const char *reference) {
        _cleanup_free_ char *nothing = NULL;
        return run_verify(s, "covered", reference, /* reference= */ NULL, &nothing);
}

int quarantine_check_stored(Store *s, const Digest *id) {
        _cleanup_free_ char *nothing = NULL;
        char name[DIGEST_TEXT_MAX];

        digest_format_id(id, name);
        return run_verify(s, "stored", name, /* reference= */ NULL, &nothing);
}

/* "<ID> new" or "<ID> known": for us it is the same, see image_done(). */
static int parse_answer(char *line, Digest *ret) {
        char *blank = strchr(line, ' ');
        if (!blank || (!streq(blank, " new\n") && !streq(blank, " known\n")))
                return -EPROTO;

        *blank = '\0';
        return digest_parse_id(line, ret) < 0 ? -EPROTO : 0;
}

int quarantine_admit(Quarantine *q, Digest *ret) {
        _cleanup_free_ char *line = NULL;

        int r = run_verify(q->store, "admit", q->name, q->reference, &line);
        if (r < 0)
                return r;

        r = parse_answer(line, ret);
        return r < 0 ? log_error_errno(r, "Cannot read what gantry-verify answered: %m") : 0;
}
