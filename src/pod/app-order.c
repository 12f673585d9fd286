/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: whether the apps of a pod can be started in the order that is asked for.
 * Never: orders them: the systemd in the pod does.
 * Follows: gantry.pod(5), "After=", "Requires="; systemd.unit(5), whose words they are. */

#include "basic/refuse.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "pod/app-order.h"

/* The search for a way back: which apps lie on the way that is being tried, and which lead nowhere. */
typedef struct Search {
        const AppOrder *apps;
        size_t n;
        size_t way[POD_APPS_MAX], length;
        bool done[POD_APPS_MAX];
} Search;

static size_t find(const AppOrder *apps, size_t n, const char *name) {
        size_t i = 0;

        while (i < n && !streq_ptr(apps[i].name, name))
                i++;
        return i;
}

static int check_names(const AppOrder *apps, size_t n, char **reterr_why) {
        for (size_t i = 0; i < n; i++)
                if (apps[i].name && find(apps, n, apps[i].name) != i)
                        return refuse(reterr_why, -EINVAL,
                                      "two apps are called '%s'; give one another name with --app=",
                                      apps[i].name);

        return 0;
}

static bool has_nameless(const AppOrder *apps, size_t n) {
        for (size_t i = 0; i < n; i++)
                if (!apps[i].name)
                        return true;

        return false;
}

static int check_list(const AppOrder *apps, size_t n, const AppOrder *app, const char *key,
                      char *const *list, char **reterr_why) {
        _cleanup_free_ char *what = NULL;

        int r = str_printf(&what, "%s= of app '%s' names an app that the pod does not have", key,
                           app->name ? app->name : "");
        STRV_FOREACH(name, list)
                if (r >= 0 && find(apps, n, *name) == n && !has_nameless(apps, n))
                        r = refuse_foreign(reterr_why, what, *name);

        return r;
}

/* "a after b after a". */
static int refuse_cycle(const Search *s, size_t from, char **reterr_why) {
        _cleanup_strv_ char **names = NULL;
        _cleanup_free_ char *text = NULL;
        int r = 0;

        for (size_t i = from; i < s->length && r >= 0; i++)
                r = strv_add(&names, s->apps[s->way[i]].name);
        if (r >= 0)
                r = strv_add(&names, s->apps[s->way[from]].name);
        if (r >= 0)
                r = strv_join(names, " after ", &text);

        return r < 0 ? r : refuse(reterr_why, -EINVAL, "apps wait for each other: %s", text);
}

static int follow(Search *s, size_t app, char **reterr_why) {
        int r = 0;

        for (size_t i = 0; i < s->length; i++)
                if (s->way[i] == app)
                        return refuse_cycle(s, i, reterr_why);
        if (s->done[app])
                return 0;

        s->way[s->length++] = app;
        STRV_FOREACH(name, s->apps[app].after) {
                size_t next = find(s->apps, s->n, *name);

                if (r >= 0 && next < s->n)
                        r = follow(s, next, reterr_why);
        }
        s->length--;
        s->done[app] = true;

        return r;
}

int app_order_check(const AppOrder *apps, size_t n, char **reterr_why) {
        Search search = { .apps = apps, .n = n };

        if (n > POD_APPS_MAX)
                return refuse(reterr_why, -EINVAL, "%zu apps; a pod can have %d", n, POD_APPS_MAX);

        int r = check_names(apps, n, reterr_why);
        for (size_t i = 0; i < n && r >= 0; i++) {
                r = check_list(apps, n, &apps[i], "After", apps[i].after, reterr_why);
                if (r >= 0)
                        r = check_list(apps, n, &apps[i], "Requires", apps[i].requires, reterr_why);
        }
        for (size_t i = 0; i < n && r >= 0; i++)
                r = follow(&search, i, reterr_why);

        return r;
}
