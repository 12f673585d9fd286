/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: the proof of pod/unit-property.
 * Never: asks a manager (test/system/test-units.sh does).
 * Follows: systemd.resource-control(5), systemd.exec(5), systemd.service(5). */

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "basic/str.h"
#include "pod/unit-property.h"

/* An item in words: its text, then its bytes (in hex, if they are not a second string), then numbers. */
static void format_item(FILE *f, const UnitPropertyItem *item, const char *contents) {
        size_t n_strings = 0, n_numbers = 0;

        for (const char *c = contents; *c && *c != ')'; c++) {
                fputs(c == contents ? "" : " ", f);
                if (startswith(c, "ay")) {
                        char hex[129];
                        assert_true(item->bytes.size <= 64);
                        hex_encode(item->bytes.data, item->bytes.size, hex);
                        fputs(hex, f);
                        c++;
                } else if (*c == 's')
                        fputs(n_strings++ > 0 ? (const char *) item->bytes.data : item->text, f);
                else if (*c == 'i')
                        fprintf(f, "%d", (int) item->numbers[n_numbers++]);
                else
                        fprintf(f, "%" PRIu64, item->numbers[n_numbers++]);
        }
}

/* "NAME SIGNATURE ITEM, ITEM" */
static char *format(const UnitProperty *p) {
        const char *contents = p->signature;
        char *text = NULL;
        size_t size = 0;

        if (contents[0] == 'a' && !streq(contents, "ay"))
                contents++;
        if (contents[0] == '(')
                contents++;
        if (streq(p->signature, "(aiai)"))
                contents = "i";
        if (streq(p->signature, "(bas)"))
                contents = "is";

        FILE *f = open_memstream(&text, &size);
        assert_non_null(f);
        fprintf(f, "%s %s", p->name, p->signature);
        for (size_t i = 0; i < p->n_items; i++) {
                fputs(i > 0 ? ", " : " ", f);
                format_item(f, &p->items[i], contents);
        }
        fclose(f);
        return text;
}

static void test_values(void **state) {
        static const struct {
                const char *assignment, *is;
        } table[] = {
                { "MemoryMax=1G", "MemoryMax t 1073741824" },
                { "MemoryMax=infinity", "MemoryMax t 18446744073709551615" },
                { "MemoryMax=50%", "MemoryMaxScale u 2147483647" },
                { "MemoryMax=0.01%", "MemoryMaxScale u 429496" },
                { "MemoryHigh=1.5M", "MemoryHigh t 1572864" },
                { "MemoryLow=0", "MemoryLow t 0" },
                { "CPUQuota=20%", "CPUQuotaPerSecUSec t 200000" },
                { "CPUQuota=250.5%", "CPUQuotaPerSecUSec t 2505000" },
                { "CPUQuota=infinity", "CPUQuotaPerSecUSec t 18446744073709551615" },
                { "CPUQuotaPeriodSec=10ms", "CPUQuotaPeriodUSec t 10000" },
                { "CPUWeight=idle", "CPUWeight t 0" },
                { "CPUWeight=10000", "CPUWeight t 10000" },
                { "AllowedCPUs=0,2 4-7,9", "AllowedCPUs ay f502" },
                { "AllowedCPUs=", "AllowedCPUs ay " },
                { "TasksMax=7", "TasksMax t 7" },
                { "TasksMax=100%", "TasksMaxScale u 4294967295" },
                { "IOReadBandwidthMax=/dev/sda 10M", "IOReadBandwidthMax a(st) /dev/sda 10000000" },
                { "IOReadBandwidthMax=", "IOReadBandwidthMax a(st)" },
                { "IODeviceWeight=/dev/sda 500", "IODeviceWeight a(st) /dev/sda 500" },
                { "IODeviceLatencyTargetSec=/dev/sda 25ms",
                  "IODeviceLatencyTargetUSec a(st) /dev/sda 25000" },
                { "IPAddressAllow=192.0.2.0/24", "IPAddressAllow a(iayu) 2 c0000200 24" },
                { "IPAddressAllow=::1", "IPAddressAllow a(iayu) 10 00000000000000000000000000000001 128" },
                { "IPIngressFilterPath=/sys/fs/bpf/in", "IPIngressFilterPath as /sys/fs/bpf/in" },
                { "IPAddressDeny=any",
                  "IPAddressDeny a(iayu) 2 00000000 0, 10 00000000000000000000000000000000 0" },
                { "SocketBindAllow=ipv6:tcp:8000-8999", "SocketBindAllow a(iiqq) 10 6 1000 8000" },
                { "RestrictNetworkInterfaces=eth0 lo", "RestrictNetworkInterfaces (bas) 1 eth0, 1 lo" },
                { "RestrictNetworkInterfaces=~eth0 lo", "RestrictNetworkInterfaces (bas) 0 eth0, 0 lo" },
                { "SocketBindDeny=any", "SocketBindDeny a(iiqq) 0 0 0 0" },
                { "DeviceAllow=/dev/fuse", "DeviceAllow a(ss) /dev/fuse rwm" },
                { "DeviceAllow=char-alsa r", "DeviceAllow a(ss) char-alsa r" },
                { "Slice=web.slice", "Slice s web.slice" },
                { "OOMScoreAdjust=-500", "OOMScoreAdjust i -500" },
                { "Nice=19", "Nice i 19" },
                { "CPUSchedulingPolicy=idle", "CPUSchedulingPolicy i 5" },
                { "IOSchedulingClass=best-effort", "IOSchedulingClass i 2" },
                { "LogLevelMax=warning", "LogLevelMax i 4" },
                { "ManagedOOMMemoryPressureLimit=100%", "ManagedOOMMemoryPressureLimit u 4294967295" },
                { "LoadCredential=db.password:/etc/with space",
                  "LoadCredential a(ss) db.password /etc/with space" },
                { "LoadCredential=host", "LoadCredential a(ss) host host" },
                { "SetCredential=a:b:c", "SetCredential a(say) a 623a63" },
                { "SetCredentialEncrypted=a:AAEC", "SetCredentialEncrypted a(say) a 000102" },
                { "LogExtraFields=A_1=b c", "LogExtraFields aay 415f313d622063" },
                { "SuccessExitStatus=3 143", "SuccessExitStatus (aiai) 3, 143" },
                { "Restart=on-failure", "Restart s on-failure" },
                { "RestartSec=100ms", "RestartUSec t 100000" },
                { "After=a.service  b@c.target", "After as a.service, b@c.target" },
                { "After=", "After as" },
                { "Documentation=man:ls(1) https://example.com/",
                  "Documentation as man:ls(1), https://example.com/" },
                { "RequiresMountsFor=/srv", "RequiresMountsFor as /srv" },
                { "StopWhenUnneeded=yes", "StopWhenUnneeded b 1" },
                { "Description=Web server = \"fast\"", "Description s Web server = \"fast\"" },
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_unit_property_ UnitProperty p = {};
                _cleanup_free_ char *why = NULL;

                if (unit_property_parse(table[i].assignment, &p, &why) < 0)
                        fail_msg("%s: %s", table[i].assignment, why);
                _cleanup_free_ char *is = format(&p);
                assert_string_equal(is, table[i].is);
        }
}

static void test_refusals(void **state) {
        static const struct {
                const char *assignment, *why;
        } table[] = {
                { "MemoryMax", "not NAME=VALUE: 'MemoryMax'" },
                { "=1", "not a property of units that gantry knows: ''" },
                { "memorymax=1", "not a property of units that gantry knows: 'memorymax'" },
                { "MemoryMax=",
                  "MemoryMax= wants a number of bytes from 1 (K, M, G or T may follow), a percentage or 'infinity', not ''" },
                { "MemoryMax=0",
                  "MemoryMax= wants a number of bytes from 1 (K, M, G or T may follow), a percentage or 'infinity', not '0'" },
                { "MemoryHigh=0%", NULL },
                { "MemoryMax=-1", NULL },
                { "MemoryMax=1k", NULL },
                { "MemoryMax=101%", NULL },
                { "MemoryMax=18446744073709551614", NULL },
                { "CPUQuota=20",
                  "CPUQuota= wants a percentage of the time of one processor, or 'infinity', not '20'" },
                { "CPUQuota=0%", NULL },
                { "CPUQuota=1.234%", NULL },
                { "CPUQuota=99999999999%", NULL },
                { "CPUWeight=0", NULL },
                { "CPUWeight=10001", NULL },
                { "IOWeight=idle", NULL },
                { "AllowedCPUs=3-1", NULL },
                { "AllowedCPUs=8192", NULL },
                { "AllowedCPUs=1-", NULL },
                { "TasksMax=0", NULL },
                { "IOReadBandwidthMax=/dev/sda", NULL },
                { "IOReadBandwidthMax=/dev/sda 1X", NULL },
                { "IOReadBandwidthMax=sda 1M", NULL },
                { "IOReadBandwidthMax=/dev/sda 99999999999999999999", NULL },
                { "IOReadBandwidthMax=/dev/sda 99999999999T", NULL },
                { "RestrictNetworkInterfaces=eth0 ~lo", NULL },
                { "RestrictNetworkInterfaces=../x", NULL },
                { "IPAddressAllow=300.0.0.1", NULL },
                { "IPAddressAllow=1.2.3.4/33", NULL },
                { "IPAddressAllow=::/129", NULL },
                { "SocketBindAllow=0", NULL },
                { "SocketBindAllow=65536", NULL },
                { "SocketBindAllow=tcp", NULL },
                { "DeviceAllow=", NULL },
                { "DeviceAllow=/etc/passwd", NULL },
                { "DeviceAllow=/dev/fuse rx", NULL },
                { "Slice=machine", NULL },
                { "Slice=.slice", NULL },
                { "Nice=20", "Nice= wants a number from -20 to 19, not '20'" },
                { "Nice=+1", NULL },
                { "Nice=", NULL },
                { "CPUSchedulingPolicy=?",
                  "CPUSchedulingPolicy= wants other, fifo, rr, batch or idle, not '?'" },
                { "Restart=maybe",
                  "Restart= wants no, on-success, on-failure, on-abnormal, on-watchdog, on-abort or always, not 'maybe'" },
                { "Restart=", NULL },
                { "RestartSec=5 parsecs",
                  "RestartSec= wants a time span, as '90', '2min 30s' and 'infinity' are, not '5 parsecs'" },
                { "LoadCredential=.a:/b", NULL },
                { "LoadCredential=a:b/c", NULL },
                { "SetCredential=secret", "SetCredential= wants NAME:TEXT" },
                { "SetCredentialEncrypted=a:***",
                  "SetCredentialEncrypted= wants NAME:TEXT, TEXT from systemd-creds(1)" },
                { "LogExtraFields=_UID=0", NULL },
                { "LogExtraFields=a=b", NULL },
                { "LogExtraFields=1=b", NULL },
                { "SuccessExitStatus=256", NULL },
                { "After=a", "After= wants names of units, as 'db.service' is, not 'a'" },
                { "After=../a.service", NULL },
                { "Documentation=gopher://x", NULL },
                { "Description=a\nb", "Description= wants some text, not 'a\\x0ab'" },
                { "StopWhenUnneeded=maybe", "StopWhenUnneeded= wants yes or no, not 'maybe'" },
                { "Exec\n=1", "not a property of units that gantry knows: 'Exec\\x0a'" },
                { "Type=simple",
                  "Type= cannot be set: gantry sets it, as the supervisor of the pod needs it" },
                { "ExecStartPre=/bin/true",
                  "ExecStartPre= cannot be set: what runs is the image's and gantry's; commands on the host belong into a drop-in of the unit" },
                { "PrivateTmp=yes",
                  "PrivateTmp= cannot be set: it would hold for the supervisor, which mounts the pod, and not for the app" },
                { "LimitNOFILE=5",
                  "LimitNOFILE= cannot be set: it would hold for the supervisor and not for the app, for which the pod has a setting of its own" },
                { "DevicePolicy=auto",
                  "DevicePolicy= cannot be set: it stays closed; DeviceAllow= opens single devices" },
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_free_ char *why = NULL;

                if (unit_property_check(table[i].assignment, &why) != -EINVAL)
                        fail_msg("%s was taken", table[i].assignment);
                assert_non_null(why);
                if (table[i].why)
                        assert_string_equal(why, table[i].why);
                assert_int_equal(unit_property_check(table[i].assignment, NULL), -EINVAL);
        }
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_values),
                cmocka_unit_test(test_refusals),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
