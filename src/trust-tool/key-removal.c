/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: taking one key out of a rule.
 * Never: changes a file that is not below /etc, or a line that it does not know word for word; leaves a
 * rule that nobody could satisfy.
 * Follows: gantry-trust(1). */

#include <fcntl.h>
#include <string.h>

#include "basic/fd.h"
#include "basic/log.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "trust-tool/config-write.h"
#include "trust-tool/key-removal.h"
#include "trust-tool/key-store.h"

#define RULE_FILE_MAX (64 * 1024U)

/* Without the line; *ret_size is 0 if nothing is said any more. */
static int cut_line(Blob *text, const char *expected, unsigned line, size_t *ret_size) {
        char *start = text->data;

        while (--line > 0 && strchr(start, '\n'))
                start = strchr(start, '\n') + 1;
        size_t n = strcspn(start, "\n");
        if (n != strlen(expected) || memcmp(start, expected, n) != 0)
                return -EBADMSG;

        n += start[n] == '\n';
        memmove(start, start + n, strlen(start + n) + 1);
        *ret_size = streq(text->data, "[Trust]\n") ? 0 : text->size - n;
        return 0;
}

static int rewrite_file(const char *file, const void *text, size_t size) {
        _cleanup_free_ char *directory = strndup(file, strrchr(file, '/') - file);

        if (!directory)
                return log_error_errno(-ENOMEM, "Cannot write '%s': %m", file);

        _cleanup_close_ int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        int r = fd < 0 ? -errno
                       : file_publish_at(fd, strrchr(file, '/') + 1, text, size, 0644, /* replace= */ true);
        return r < 0 ? log_error_errno(r, "Cannot write '%s': %m", file) : 0;
}

/* As `gantry trust add` and most people write it: Key=PATH on a line. */
static int remove_key_line(const char *path, const RulePlace *place) {
        _cleanup_free_ char *expected = NULL;
        _cleanup_blob_ Blob text = {};
        size_t size = 0;

        int r = file_read_at(AT_FDCWD, place->file, RULE_FILE_MAX, &text);
        if (r >= 0)
                r = str_printf(&expected, "Key=%s", path);
        if (r < 0)
                return log_error_errno(r, "Cannot read '%s': %m", place->file);
        if (cut_line(&text, expected, place->line, &size) < 0)
                return log_error_errno(-EINVAL,
                                       "Cannot take '%s' out of %s:%u: that line is not plainly %s; edit it",
                                       path, place->file, place->line, expected);

        return size == 0 ? config_remove(place->file) : rewrite_file(place->file, text.data, size);
}

static bool is_from_directory(const Rule *rule, const RulePlace *place) {
        for (size_t i = 0; i < strv_length(rule->directories); i++)
                if (rule->directory_places[i].file == place->file &&
                    rule->directory_places[i].line == place->line)
                        return true;

        return false;
}

static int check_removal(const Rule *rule, const char *path, const RulePlace *place) {
        size_t n = strv_length(rule->keys);

        if (n == 1)
                return log_error_errno(
                                -EINVAL,
                                "Cannot take the last key of the rule for '%s': use 'gantry trust rm --prefix=%s'",
                                rule->prefix, rule->prefix);
        if (n <= rule->threshold)
                return log_error_errno(
                                -EINVAL,
                                "Cannot take a key of the rule for '%s': it asks for %u of %zu (%s:%u)",
                                rule->prefix, rule->threshold, n, rule->places[RULE_THRESHOLD].file,
                                rule->places[RULE_THRESHOLD].line);
        if (is_from_directory(rule, place))
                return log_error_errno(-EINVAL, "Cannot take the key out of a directory: remove '%s'", path);
        if (!config_is_ours(place->file))
                return log_error_errno(
                                -EINVAL,
                                "Cannot change '%s', which has the key: write a drop-in of it that says 'Key=' and then the other keys",
                                place->file);

        return 0;
}

int key_removal_run(const Policy *policy, const Rule *rule, const char *fingerprint) {
        size_t i;

        int r = rule_find_key(policy, rule, fingerprint, &i);
        if (r <= 0)
                return r;

        r = check_removal(rule, rule->keys[i], &rule->key_places[i]);
        if (r >= 0)
                r = remove_key_line(rule->keys[i], &rule->key_places[i]);
        if (r < 0)
                return r;

        log_info("Images below '%s' are not trusted any more with the key in '%s'", rule->prefix,
                 rule->keys[i]);
        return 1;
}
