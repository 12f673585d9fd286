/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: `gantry image VERB`: its options, and how images are named.
 * Never: knows what a verb does.
 * Follows: gantry-image(1). */

#include "basic/cli.h"
#include "basic/log.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "image-tool/image-tool.h"
#include "store/image-dir.h"

static ImageArguments arguments;

static const CliOption options[] = {
        { 0, "config", NULL, "cat-manifest: show the config instead", cli_set_true, &arguments.config },
        { 0, "quick", NULL, "fsck: do not read the layers", cli_set_true, &arguments.quick },
        { 0, "repair", NULL, "fsck: move away what is damaged", cli_set_true, &arguments.repair },
        {},
};

static const CliProgram program = {
        .name = "gantry-image",
        .arguments = "[list]|rm|cat-manifest|export|fsck [OPTION…] [REF…]",
        .summary = "List images, show, check, export and remove them.",
        .options = options,
        .common = CLI_ROOT | CLI_TABLE,
};

static int resolve(Store *s, Reference *reference, Digest *ret_id) {
        int r = image_reference_localize(reference);
        return r < 0 ? r : image_resolve(s, reference, ret_id);
}

int image_tool_find(Store *s, const char *text, Reference **ret, Digest *ret_id) {
        _cleanup_reference_ Reference *reference = NULL;
        _cleanup_free_ char *why = NULL;

        int r = reference_parse(text, &reference, &why);
        if (r < 0)
                return log_error_errno(r, "Cannot use '%s' as an image reference: %s", text,
                                       why ? why : strerror(-r));

        r = resolve(s, reference, ret_id);
        if (r == -ENOENT)
                return log_error_errno(
                                r, "Cannot find image '%s': it is not in the store; see 'gantry image list'",
                                text);
        if (r == -ENOTUNIQ)
                return log_error_errno(r, "Cannot tell which image '%s' is: several IDs begin so", text);
        if (r < 0)
                return log_error_errno(r, "Cannot find image '%s': %m", text);

        if (ret)
                *ret = TAKE_PTR(reference);
        return 0;
}

int image_tool_each(const ImageArguments *a, int (*act)(const ImageArguments *a, const char *text)) {
        int result = 0;

        if (strv_length(a->operands) == 0)
                return log_error_errno(-EINVAL, "Which image? Name at least one; see 'gantry image list'");

        STRV_FOREACH(text, a->operands) {
                int r = act(a, *text);
                if (r < 0 && result >= 0)
                        result = r;
        }

        return result;
}

static int run(int argc, char **argv) {
        static const struct {
                const char *name;
                int (*run)(const ImageArguments *a);
                Confinement confinement;
        } verbs[] = {
                { "list", image_tool_list, CONFINE_IMAGE },
                { "rm", image_tool_rm, CONFINE_IMAGE },
                { "cat-manifest", image_tool_cat_manifest, CONFINE_IMAGE },
                { "export", image_tool_export, CONFINE_EXPORT },
                { "fsck", image_tool_fsck, CONFINE_IMAGE },
        };
        _cleanup_(store_closep) Store *s = NULL;
        char **args;

        int r = cli_parse(&program, argc, argv, &args);
        if (r <= 0)
                return r;
        r = store_open(cli_root, 0, &s);
        if (r < 0)
                return log_error_errno(r, "Cannot open the store '%s': %s", cli_root,
                                       store_strerror(cli_root, r).text);

        const char *verb = args[0] ? args[0] : "list";
        arguments.store = s;
        arguments.operands = args[0] ? args + 1 : args;
        for (size_t i = 0; i < ELEMENTSOF(verbs); i++) {
                if (!streq(verb, verbs[i].name))
                        continue;
                r = cli_confine(verbs[i].confinement, store_root_fd(s));
                return r < 0 ? r : verbs[i].run(&arguments);
        }

        log_error("Unknown verb '%s'; see 'gantry image --help'", verb);
        return -EINVAL;
}

int main(int argc, char **argv) {
        return cli_exit_status(run(argc, argv), EXIT_FAILURE);
}
