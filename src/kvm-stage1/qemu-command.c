/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: which machine qemu makes.
 * Never: gives it a device that a pod has no use for, or a file of the host by a path that a pod could have a say in.
 * Follows: qemu-system-x86_64(1); https://www.qemu.org/docs/master/system/i386/microvm.html. */

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "basic/str.h"
#include "basic/strv.h"
#include "kvm-stage1/qemu-command.h"
#include "pod/guest-config.h"

/* A slot has as many; the bus has 32 slots, of which the first is its own. */
#define FUNCTIONS_PCI 8u
/* The other bus has places for these, beside what each machine has. */
#define DEVICES_MMIO 20u

/* What saves time at the start of a machine that has nothing to probe; nothing that a host would want for its safety. It ends by a reset,
 * since a microvm has no other way, and qemu with it. What the kernel calls an error it has at every start: there is no PCI. */
#define KERNEL_OPTIONS                                                                                           \
        "console=ttyS0 quiet loglevel=3 edd=off reboot=t panic=-1 8250.nr_uarts=1 no_timer_check noreplace-smp " \
        "rcupdate.rcu_expedited=1 cryptomgr.notests random.trust_cpu=on"

/* What makes the files of tracefs, some thousands, and what only they have a use for: a tenth of the whole start where it is emulated. A
 * kernel that calls them otherwise, or has none, makes what it has. */
#define NO_TRACING " initcall_blacklist=tracer_init_tracefs,trace_eval_init,ftrace_check_for_weak_functions"

/* What code of an emulated guest becomes is kept in that much of the host's memory, not in a gigabyte as qemu would have it: a guest decides
 * how much code it runs, and the unit has room for no more (pod/machine-size.c). */
#define TRANSLATED_MIB "64"

/* The arguments while they are put together: after the first failure nothing more is added. */
typedef struct Arguments {
        char **list;
        int error;
        bool pci;
        unsigned n_devices;
} Arguments;

static void put(Arguments *a, const char *option) {
        if (a->error >= 0)
                a->error = strv_add(&a->list, option);
}

/* An option and its value. */
_printf_(3, 4) static void put_value(Arguments *a, const char *option, const char *format, ...) {
        _cleanup_free_ char *value = NULL;
        va_list arguments;

        va_start(arguments, format);
        if (a->error >= 0 && vasprintf(&value, format, arguments) < 0)
                a->error = -ENOMEM;
        va_end(arguments);

        put(a, option);
        put(a, value);
}

/* A virtio device, on whichever bus it is. */
static void put_device(Arguments *a, const char *kind, const char *properties) {
        unsigned slot = 1 + a->n_devices / FUNCTIONS_PCI, function = a->n_devices % FUNCTIONS_PCI;

        a->n_devices++;
        if (a->pci)
                put_value(a, "-device", "%s-pci,bus=pcie.0,addr=%02x.%x,multifunction=on%s", kind, slot,
                          function, properties);
        else
                put_value(a, "-device", "%s-device%s", kind, properties);
}

static void put_machine(Arguments *a, const QemuSpec *s) {
        put_value(a, "-machine", "microvm,acpi=on,pcie=%s%s", a->pci ? "on" : "off",
                  s->volumes >= 0 ? ",memory-backend=memory" : "");
        put_value(a, "-accel", "%s", s->kvm ? "kvm" : "tcg,tb-size=" TRANSLATED_MIB);
        put_value(a, "-cpu", "%s", s->kvm ? "host" : "max");
        put_value(a, "-smp", "%u", s->cpus);
        put_value(a, "-m", "%" PRIu64 "M", s->memory_bytes / 1024 / 1024);
        if (s->volumes >= 0)
                put_value(a, "-object", "memory-backend-memfd,id=memory,size=%" PRIu64 "M,share=on",
                          s->memory_bytes / 1024 / 1024);
        put_value(a, "-name", "%s", s->name);
        put_value(a, "-uuid", "%s", s->uuid);
}

/* What it cannot do any more once it has begun. Without monitor, network, screen or a configuration of its own. */
static void put_cage(Arguments *a) {
        static const char *const options[] = { "-nodefaults", "-no-user-config", "-no-reboot" };

        for (size_t i = 0; i < ELEMENTSOF(options); i++)
                put(a, options[i]);
        put_value(a, "-display", "none"); /* by -nographic, some firmware would print to the serial line */
        put_value(a, "-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny");
        put_value(a, "-global", "virtio-mmio.force-legacy=false");
}

static void put_kernel(Arguments *a, const QemuSpec *s) {
        char tsc[40] = "";

        /* An emulated machine may hang where it measures its clock when the host is busy. */
        if (!s->kvm && s->tsc_khz > 0)
                (void) snprintf(tsc, sizeof(tsc), " tsc_early_khz=%u", s->tsc_khz);
        put_value(a, "-kernel", "%s", s->kernel);
        put_value(a, "-initrd", "%s", s->initrd);
        put_value(a, "-append", KERNEL_OPTIONS "%s%s%s", tsc, a->pci ? "" : " pci=off",
                  s->tracing ? "" : NO_TRACING);
}

/* The descriptor is in a set, so that qemu finds it again for each of its parts. Locks are for files that others write. */
static void put_disk(Arguments *a, const QemuDisk *d, size_t number) {
        char properties[64];

        put_value(a, "-add-fd", "fd=%d,set=%zu", d->fd, number);
        put_value(a, "-blockdev",
                  "driver=raw,node-name=%s,read-only=%s,file.driver=file,file.filename=/dev/fdset/%zu,file.locking=off,file.aio=threads%s",
                  d->serial, d->writable ? "off" : "on", number,
                  d->writable ? ",discard=unmap,file.discard=unmap" : "");
        (void) snprintf(properties, sizeof(properties), ",drive=%s,serial=%s", d->serial, d->serial);
        put_device(a, "virtio-blk", properties);
}

static void put_link(Arguments *a, const QemuSpec *s) {
        put_value(a, "-chardev", "socket,id=link,fd=%d", s->link);
        put_device(a, "virtio-serial", ",max_ports=2");
        put_value(a, "-device", "virtserialport,chardev=link,nr=1,name=" GUEST_PORT);
}

static void put_volumes(Arguments *a, const QemuSpec *s) {
        if (s->volumes < 0)
                return;

        put_value(a, "-chardev", "socket,id=volumes,fd=%d", s->volumes);
        put_device(a, "vhost-user-fs", ",chardev=volumes,tag=" GUEST_VOLUMES_TAG);
}

/* The guest finds it by the address that it has at first, and gives it the right one. */
static void put_network(Arguments *a, int tap, size_t number) {
        char properties[96];

        put_value(a, "-netdev", "tap,id=n%zu,fd=%d", number, tap);
        (void) snprintf(properties, sizeof(properties), ",netdev=n%zu,mac=" GUEST_FIRST_MAC_OF ":%02x%s",
                        number, (unsigned) number, a->pci ? ",romfile=" : "");
        put_device(a, "virtio-net", properties);
}

/* An idle guest gives back what it does not use. */
static void put_balloon(Arguments *a) {
        put_device(a, "virtio-balloon", ",free-page-reporting=on,deflate-on-oom=on");
}

bool qemu_needs_pci(size_t n_disks, size_t n_networks) {
        return n_disks + n_networks > DEVICES_MMIO;
}

int qemu_argv(const char *program, const QemuSpec *spec, char ***ret) {
        _cleanup_strv_ char **list = NULL;
        Arguments a = { .pci = qemu_needs_pci(spec->n_disks, spec->n_taps) };

        if (spec->n_disks > QEMU_DISKS_MAX || spec->n_taps > QEMU_NETWORKS_MAX)
                return -E2BIG;
        put(&a, program);
        put_machine(&a, spec);
        put_cage(&a);
        put_kernel(&a, spec);
        put_value(&a, "-serial", "stdio");
        put_link(&a, spec);
        for (size_t i = 0; i < spec->n_disks; i++)
                put_disk(&a, &spec->disks[i], i);
        for (size_t i = 0; i < spec->n_taps; i++)
                put_network(&a, spec->taps[i], i);
        put_volumes(&a, spec);
        put_balloon(&a);

        list = a.list;
        if (a.error < 0)
                return a.error;
        *ret = TAKE_PTR(list);
        return 0;
}
