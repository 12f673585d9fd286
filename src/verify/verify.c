/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: `gantry verify`, and the same question asked by the other tools.
 * Never: uses the network; parses anything foreign outside a worker.
 * Follows: gantry-verify(1). */

#include <stdio.h>
#include <string.h>

#include "basic/cli.h"
#include "basic/log.h"
#include "basic/process.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "store/image-dir.h"
#include "verify/aci.h"
#include "verify/admit.h"
#include "verify/by-keys.h"
#include "verify/record.h"
#include "verify/stored.h"

static const char *admit_name, *covered, *stored, *as_name, *signature_file, *digest_text, *payload_file;
static char **key_files;
static unsigned stage1s; /* what is to run it, or 0 */

static int set_stage1(const char *value, void *target) {
        return rule_stage1_parse(value, target, /* reterr_why= */ NULL);
}

static const CliOption options[] = {
        { 0, "name", "REF", "Judge it as the image of this name", cli_set_string, &as_name },
        { 0, "stage1", "KIND", "May this run it, too: nspawn, kvm or fly", set_stage1, &stage1s },
        { 0, "signature", "FILE", "The detached signature (default: FILE.asc)", cli_set_string,
          &signature_file },
        { 0, "key", "FILE", "Ask this key instead of the trust rules", cli_add_string, &key_files },
        { 0, "digest", "DIGEST", "With --key=: the manifest that must be signed", cli_set_string,
          &digest_text },
        { 0, "payload", "FILE", "With --digest=: what a cosign signature is over", cli_set_string,
          &payload_file },
        { 0, "admit", "NAME", NULL, cli_set_string,
          &admit_name }, /* by gantry-fetch, with --name=: incoming/NAME → images/ */
        { 0, "covered", "REF", NULL, cli_set_string,
          &covered }, /* by gantry-fetch: may an image of this name come at all? */
        { 0, "stored", "ID", NULL, cli_set_string,
          &stored }, /* by gantry-fetch: may this image be used, apart from those it needs? */
        {},
};

static const CliProgram program = {
        .name = "gantry-verify",
        .arguments = "[OPTION…] [REF|FILE.aci|FILE]",
        .summary = "Judge an image against the trust rules of this moment, or given keys.",
        .options = options,
        .common = CLI_ROOT | CLI_JSON,
};

static void complain(const char *why) {
        log_warning("Broken trust rule: %s", why);
}

static int tell(const Judged *j) {
        const TrustRecord *record = &j->answer->record;
        int r = 0;

        if (record_is_worth_logging(j))
                record_log(j);
        if (stored)
                r = 0;
        else if (cli_json != CLI_JSON_OFF)
                r = record_print_json(j);
        else if (!cli_quiet)
                r = record_print(j);

        return record->admitted ? r : record_refuse(j);
}

/* The name it is to be judged by: as asked, else as typed, else (NULL) as admitted. Gives up *reference. */
static int choose_name(Reference **reference, Reference **ret) {
        if (as_name)
                return reference_parse(as_name, ret, NULL);

        *ret = (*reference)->kind == REFERENCE_ID ? NULL : TAKE_PTR(*reference);
        return 0;
}

static int verify_stored(Store *s, const Policy *policy, const char *text, Reference **reference) {
        _cleanup_evidence_ Evidence e = EVIDENCE_NULL;
        Reference *name = NULL;
        Answer answer = {};
        Digest id;

        int r = image_resolve(s, *reference, &id);
        if (r == -ENOENT)
                return log_error_errno(
                                r,
                                "Cannot verify '%s': the image is not in the store; use 'gantry fetch %s' first",
                                text, text);
        if (r >= 0)
                r = choose_name(reference, &name);
        if (r >= 0)
                r = stored_judge(s, policy, &id, name, stage1s, &e, &answer);
        if (r >= 0 && !stored)
                r = stored_judge_needed(s, policy, &id, stage1s, &answer);
        if (r < 0)
                return log_error_errno(r, "Cannot verify '%s': %s", text, user_strerror(r));

        return tell(&(Judged) {
                        .reference = e.text,
                        .name = e.name,
                        .id = &id,
                        .rule = judge_rule(policy, e.name),
                        .evidence = &e,
                        .answer = &answer,
        });
}

/* A file as if it lay in the quarantine. */
static int verify_file(const Policy *policy, const char *text, Reference **reference) {
        _cleanup_evidence_ Evidence e = EVIDENCE_NULL;
        _cleanup_blob_ Blob manifest = {};
        Answer signer = {}, answer = {};
        Digest id;

        int r = by_keys_open((*reference)->path, signature_file, &e);
        if (r < 0)
                return r;
        e.reference = TAKE_PTR(*reference);

        r = aci_judge(policy, &e, &signer, &manifest, &id, &answer);
        if (r < 0)
                return r;

        const char *name = answer.name[0] ? answer.name : NULL;
        if (name)
                trust_judge_stage1(judge_rule(policy, name), stage1s, &answer.record);
        return tell(&(Judged) {
                        .reference = text,
                        .name = name,
                        .id = name ? &id : NULL,
                        .rule = name ? judge_rule(policy, name) : NULL,
                        .evidence = &e,
                        .answer = &answer,
        });
}

static int refuse_options(const char *why) {
        return why ? log_error_errno(-EINVAL, "%s; see 'gantry verify --help'", why) : 0;
}

static int check_reference(const Reference *reference) {
        bool is_file = reference->kind == REFERENCE_ACI_FILE;

        return refuse_options(
                        is_file && as_name ? "--name= is for images of the store; a file has its name in it"
                        : !is_file && signature_file
                                        ? "--signature= is for files; an image of the store has its own"
                                        : NULL);
}

static int verify_reference(const Policy *policy, const char *text) {
        _cleanup_reference_ Reference *reference = NULL;
        _cleanup_(store_closep) Store *s = NULL;
        _cleanup_free_ char *why = NULL;

        int r = reference_parse(text, &reference, &why);
        if (r < 0)
                return log_error_errno(r, "Cannot use '%s' as an image reference: %s", text,
                                       why ? why : strerror(-r));
        r = check_reference(reference);
        if (r < 0)
                return r;
        if (reference->kind == REFERENCE_ACI_FILE)
                return verify_file(policy, text, &reference);

        r = image_reference_localize(reference);
        if (r < 0)
                return log_error_errno(r, "Cannot open '%s': %m", reference->path);
        r = store_open(cli_root, 0, &s);
        if (r < 0)
                return log_error_errno(r, "Cannot open the store '%s': %s", cli_root,
                                       store_strerror(cli_root, r).text);

        return verify_stored(s, policy, text, &reference);
}

/* By the rule alone, whatever it requires besides. */
static int judge_covered(const Policy *policy, const Rule *rule, const Evidence *e, Answer *answer) {
        if (!rule || rule->broken)
                return judge_image(policy, e, answer);

        answer->record.admitted = 1;
        trust_judge_stage1(rule, stage1s, &answer->record);
        return 0;
}

/* What no rule is about, or is not to be run like that, need not be downloaded to be refused. */
static int check_covered(const Policy *policy, const char *text) {
        _cleanup_evidence_ Evidence e = EVIDENCE_NULL;
        Answer answer = {};

        int r = reference_parse(text, &e.reference, NULL);
        if (r >= 0)
                r = image_reference_localize(e.reference);
        if (r >= 0)
                r = reference_format(e.reference, &e.text);
        if (r >= 0)
                r = reference_name(e.reference, &e.name);
        if (r < 0)
                return log_error_errno(r, "Cannot use '%s' as the name of an image: %m", text);

        const Rule *rule = judge_rule(policy, e.name);
        r = judge_covered(policy, rule, &e, &answer);
        if (r < 0)
                return log_error_errno(r, "Cannot verify '%s': %s", text, user_strerror(r));
        if (answer.record.admitted)
                return 0;

        const Judged judged = {
                .reference = e.text, .name = e.name, .rule = rule, .evidence = &e, .answer = &answer
        };
        record_log(&judged);
        return record_refuse(&judged);
}

static int check_name(void) {
        _cleanup_reference_ Reference *reference = NULL;
        _cleanup_free_ char *why = NULL, *name = NULL;

        int r = reference_parse(as_name, &reference, &why);
        if (r >= 0)
                r = reference_name(reference, &name);
        return r < 0 ? log_error_errno(r, "Cannot use '%s' as the name of an image: %s", as_name,
                                       why ? why : "it has none")
                     : 0;
}

/* What would go unheard is refused: who asked for it would take the answer for one about it. */
static int check_options(char *const *args) {
        return refuse_options(
                        key_files && digest_text && args[0] ? "With --digest=, no file is verified"
                        : key_files && args[0] && args[1]   ? "With --key=, one file is verified at a time"
                        : key_files && stage1s
                                        ? "--stage1= is a question to the trust rules, and --key= leaves them out"
                        : key_files && as_name && !digest_text ? "With --key=, --name= needs --digest="
                        : digest_text && !key_files            ? "--digest= needs --key="
                        : payload_file && !digest_text         ? "--payload= needs --digest="
                                                               : NULL);
}

/* Only who admits has anything to write. */
static int enter_cage(int directory_fd) {
        return cli_confine(CONFINE_VERIFY, directory_fd);
}

static int admit_incoming(const Policy *policy) {
        _cleanup_reference_ Reference *reference = NULL;
        _cleanup_(store_closep) Store *s = NULL;

        int r = as_name ? reference_parse(as_name, &reference, NULL) : -EINVAL;
        if (r < 0)
                return log_error_errno(r, "Cannot admit anything: what was asked for? (--name=)");
        r = store_open(cli_root, STORE_CREATE, &s);
        if (r < 0)
                return log_error_errno(r, "Cannot open the store '%s': %s", cli_root,
                                       store_strerror(cli_root, r).text);

        r = enter_cage(store_root_fd(s));
        return r < 0 ? r : admit(s, policy, admit_name, TAKE_PTR(reference));
}

static int run(int argc, char **argv) {
        _cleanup_policy_ Policy policy = {};
        char **args;
        int result = 0;

        int r = cli_parse(&program, argc, argv, &args);
        if (r <= 0)
                return r;
        r = check_options(args);
        if (r >= 0 && as_name && !admit_name)
                r = check_name();
        if (r >= 0)
                r = admit_name ? 0 : enter_cage(-EBADF);
        if (r < 0)
                return r;
        if (key_files)
                return by_keys_verify(&(ByKeys) {
                                .keys = key_files,
                                .signature = signature_file,
                                .digest = digest_text,
                                .payload = payload_file,
                                .name = as_name,
                                .document = args[0],
                });
        if (strv_length(args) == 0 && !admit_name && !covered && !stored) {
                log_error("Which image? See 'gantry verify --help'");
                return -EINVAL;
        }

        r = policy_load(complain, &policy);
        if (r < 0)
                return log_error_errno(r, "Cannot read the trust rules: %m");
        if (admit_name)
                return admit_incoming(&policy);
        if (covered)
                return check_covered(&policy, covered);
        if (stored)
                return verify_reference(&policy, stored);

        STRV_FOREACH(text, args) {
                r = verify_reference(&policy, *text);
                if (r < 0)
                        result = r;
        }

        return result;
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), EXIT_FAILURE);
}
