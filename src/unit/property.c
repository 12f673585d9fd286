/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: unit properties as the manager takes them over D-Bus.
 * Never: knows a property by its name; judges a value.
 * Follows: org.freedesktop.systemd1(5). */

#include <stdbool.h>

#include "basic/str.h"
#include "pod/unit-property.h"
#include "unit/property.h"

static int append_number(sd_bus_message *m, char type, uint64_t number) {
        switch (type) {
        case 'b':
        case 'i': return sd_bus_message_append(m, (char[]) { type, '\0' }, (int) number);
        case 'q': return sd_bus_message_append(m, "q", (unsigned) number);
        case 'u': return sd_bus_message_append(m, "u", (unsigned) number);
        default: return sd_bus_message_append(m, "t", number);
        }
}

/* The members of a struct, or one value: `contents` is "ss", "say", "iayu", "t", … */
static int append_item(sd_bus_message *m, const UnitPropertyItem *item, const char *contents) {
        size_t n_strings = 0, n_numbers = 0;
        int r = 0;

        for (const char *c = contents; *c && r >= 0; c++)
                if (startswith(c, "ay")) {
                        r = sd_bus_message_append_array(m, 'y', item->bytes.data, item->bytes.size);
                        c++;
                } else if (*c == 's')
                        r = sd_bus_message_append(m, "s", n_strings++ > 0 ? item->bytes.data : item->text);
                else
                        r = append_number(m, *c, item->numbers[n_numbers++]);

        return r;
}

/* All items, as "(ss)", "s" or "ay". */
static int append_list(sd_bus_message *m, const UnitProperty *p, const char *type) {
        bool structs = type[0] == '(';
        char contents[8];

        strncpy(contents, type + structs, sizeof(contents) - 1);
        contents[sizeof(contents) - 1] = '\0';
        contents[strcspn(contents, ")")] = '\0';

        int r = sd_bus_message_open_container(m, 'a', type);
        for (size_t i = 0; i < p->n_items && r >= 0; i++) {
                if (structs)
                        r = sd_bus_message_open_container(m, 'r', contents);
                if (r >= 0)
                        r = append_item(m, &p->items[i], contents);
                if (r >= 0 && structs)
                        r = sd_bus_message_close_container(m);
        }

        return r < 0 ? r : sd_bus_message_close_container(m);
}

/* Exit statuses, and no signals. */
static int append_statuses(sd_bus_message *m, const UnitProperty *p) {
        int r = sd_bus_message_open_container(m, 'r', "aiai");
        if (r >= 0)
                r = append_list(m, p, "i");
        if (r >= 0)
                r = sd_bus_message_append(m, "ai", 0);

        return r < 0 ? r : sd_bus_message_close_container(m);
}

/* Those, or all but those. */
static int append_interfaces(sd_bus_message *m, const UnitProperty *p) {
        int r = sd_bus_message_open_container(m, 'r', "bas");
        if (r >= 0)
                r = sd_bus_message_append(m, "b", p->n_items == 0 || p->items[0].numbers[0] > 0);
        if (r >= 0)
                r = append_list(m, p, "s");

        return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_value(sd_bus_message *m, const UnitProperty *p) {
        if (streq(p->signature, "(bas)"))
                return append_interfaces(m, p);
        if (p->signature[0] == '(')
                return append_statuses(m, p);
        if (p->signature[0] == 'a' && !streq(p->signature, "ay"))
                return append_list(m, p, p->signature + 1);

        return append_item(m, &p->items[0], p->signature);
}

int unit_property_append(sd_bus_message *m, const char *assignment, char **reterr_why) {
        _cleanup_unit_property_ UnitProperty p = {};

        int r = unit_property_parse(assignment, &p, reterr_why);
        if (r >= 0)
                r = sd_bus_message_open_container(m, 'r', "sv");
        if (r >= 0)
                r = sd_bus_message_append(m, "s", p.name);
        if (r >= 0)
                r = sd_bus_message_open_container(m, 'v', p.signature);
        if (r >= 0)
                r = append_value(m, &p);
        for (int i = 0; i < 2 && r >= 0; i++)
                r = sd_bus_message_close_container(m);

        return r;
}
