#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Pods for test-services.sh, and what systemd has to make of their units.

Usage: service-units.py texts                  texts for write-units, each with a NUL behind it
       service-units.py manifests DIRECTORY    pod manifests that ask for everything, one a file
       service-units.py dump                   prints its variables as JSON
       service-units.py check-dump FILE        whether those are the texts
       service-units.py check-descriptions     whether the manager has them in the units text-N.service
"""

import json
import os
import pathlib
import re
import subprocess
import sys

SPECIAL = """% %% %n %i/%H $ $$ $HOME ${HOME} \\ \\\\ \\n \\x41 \\: " ' a"b 'a' a;b ; \\; # #a [Unit] - -/a +/a !/a !!/a @/a |a a=b = ~ ~/a
* ? {a,b} `id` $(id) : :: a:b :rbind a:rbind ä 日本語 a\\"b "a\\\\" %$n $%n \\% \\$ "%" no 0""".split()
TEXTS = (
    [f"a{chr(n)}b" for n in range(1, 128)]
    + [chr(n) for n in range(33, 127)]
    + [f"{chr(n)}{chr(n)}" for n in range(33, 127)]
    + SPECIAL
    + [" ", " a", "a ", "\ta\t", "a\\", "line\nbreak", "\u00a0", "\u2028", "\u200d", "\ufffd", "\U0010fffd"]
    + [f"{a} {b}" for a in SPECIAL for b in SPECIAL[:16]]
    + [f"{a}{b}" for a in SPECIAL for b in SPECIAL[:16]]
)
ALONE = len(TEXTS) - len(SPECIAL) * 16 * 2  # so many have a unit of their own: without most of the pairs
CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def app(name, annotations=None, isolators=None, **rest):
    body = {"exec": ["/bin/sh"], "user": "0", "group": "0", "isolators": isolators or []}
    body |= {key: rest.pop(key) for key in ("eventHandlers",) if key in rest}
    return {
        "name": name,
        "image": {"id": "sha512-" + "0" * 128},
        "app": body,
        "annotations": [{"name": f"gantry/{key}", "value": value} for key, value in (annotations or {}).items()],
    } | rest


def manifest(apps, annotations=None, **rest):
    return {
        "acVersion": "0.8.11",
        "acKind": "PodManifest",
        "apps": apps,
        "annotations": [{"name": f"gantry/{key}", "value": value} for key, value in (annotations or {}).items()],
    } | rest


ISOLATORS = {
    "resource/memory": [{"limit": "1G"}, {"request": "1Mi", "limit": "1.5Gi"}, {"request": "0"}],
    "resource/cpu": [{"limit": "250m"}, {"limit": "1m"}, {"request": "1", "limit": "64"}],
    "resource/block-bandwidth": [{"default": True, "limit": "1M"}],
    "resource/block-iops": [{"default": True, "limit": "100"}],
    "resource/network-bandwidth": [{"default": True, "limit": "1G"}],
    "os/linux/seccomp-remove-set": [{"set": ["reboot"], "errno": "EPERM"}],
    "os/linux/seccomp-retain-set": [{"set": ["@appc.io/all"]}],
    "os/linux/capabilities-remove-set": [{"set": ["CAP_CHOWN"]}],
    "os/linux/capabilities-retain-set": [{"set": ["CAP_SYS_RAWIO"]}, {"set": ["CAP_KILL"]}],
    "os/linux/no-new-privileges": [True, False],
    "os/linux/selinux-context": [{"user": "u", "role": "r", "type": "t", "level": "s0"}],
    "os/linux/apparmor-profile": [{"profile": "p"}],
    "os/linux/oom-score-adj": [-1000, 0, 1000],
    "os/linux/cpu-shares": [2, 1024, 262144],
    "example.com/unknown": [{"any": "thing"}],
}
SETTINGS = {
    "ambient-capabilities": ["CAP_MKNOD", "CAP_NET_ADMIN"],
    "restart": ["no", "on-success", "on-failure", "on-abnormal", "on-watchdog", "on-abort", "always"],
    "stop-timeout": ["0", "90", "1min 30s", "infinity"],
    "stop-signal": ["SIGINT"],
    "rlimits": [
        f"{name}={value}"
        for name in "AS CORE CPU DATA FSIZE LOCKS MEMLOCK MSGQUEUE NOFILE NPROC RSS SIGPENDING STACK".split()
        for value in ("0:0", "1024:2048", "4096:infinity", "infinity:infinity")
    ]
    + ["NICE=10:20", "RTPRIO=0:99", "RTTIME=1000:infinity"],
    "service-properties": """AllowedCPUs=0-3 AllowedMemoryNodes=0 CPUQuota=150% CPUQuota=0.5% CPUQuotaPeriodSec=50ms CPUWeight=idle
        CPUWeight=100 IOWeight=50 MemoryHigh=1G MemoryLow=10% MemoryMax=infinity MemoryMax=12345 MemoryMin=1K MemorySwapMax=0
        OOMPolicy=continue OOMPolicy=stop OOMPolicy=kill RestartForceExitStatus=3 RestartPreventExitStatus=1 RestartSec=100ms
        RuntimeMaxSec=1h StartupCPUWeight=10 StartupIOWeight=10 SuccessExitStatus=0 TasksMax=64 TasksMax=10%
        TimeoutAbortSec=5 TimeoutStartSec=90 WatchdogSec=30 LoadCredential=token""".split()
    + ["RuntimeMaxSec=1h\nRuntimeRandomizedExtraSec=5"],
    "seccomp": ["unconfined", "profile"],
    "notify": ["app"],
    "terminal": ["yes"],
}
HANDLERS = [{"name": name, "exec": ["/bin/handle", "%n $x"]} for name in ("pre-start", "post-stop")]


def manifests():
    yield "plain", manifest([app("a"), app("b")])
    yield "order", manifest(
        [app("a", {"after": "b\nc", "requires": "b"}), app("b", {"after": "c"}), app("c")], {"end": "app:a"}
    )
    yield "any-failed", manifest([app("a"), app("b")], {"end": "any-failed", "share-pid": "yes"})
    yield "handlers", manifest([app("a", eventHandlers=HANDLERS, readOnlyRootFS=True)])
    yield "many", manifest([app(f"a{n}", {"after": f"a{n - 1}"} if n else None) for n in range(128)])
    for what, table in ("isolator", ISOLATORS), ("setting", SETTINGS):
        for name, values in table.items():
            apps = [
                app(f"a{n}", {name: value}) if what == "setting" else app(f"a{n}", isolators=[{"name": name, "value": value}])
                for n, value in enumerate(values)
            ]
            yield f"{what}-{name.replace('/', '-')}", manifest(apps)
    everything = {key: "\n".join(values) if key in ("rlimits", "service-properties") else values[0] for key, values in SETTINGS.items()}
    yield "everything", manifest([app("a", everything, eventHandlers=HANDLERS, readOnlyRootFS=True)])


def compare(wanted, found):
    for key, value in wanted.items():
        if found.get(key) != value:
            sys.exit(f"{key}: {value!r} became {found.get(key)!r}")
    if len(found) != len(wanted):
        sys.exit(f"too much: {sorted(set(found) - set(wanted))}")


def check_dump(path):
    dump = json.loads(pathlib.Path(path).read_text())
    wanted = {f"TEXT_{n}": t for n, t in enumerate(TEXTS) if not CONTROL.search(t.replace("\t", "").replace("\n", ""))}
    compare(wanted, {key: value for key, value in dump.items() if key.startswith("TEXT_")})


def check_descriptions():
    plain = {n: t for n, t in enumerate(TEXTS[:ALONE]) if "\n" not in t and "\r" not in t and t.strip(" \t") == t and not t.endswith("\\")}
    units = [f"text-{n}.service" for n in plain]
    command = ["systemctl", "show", "--property=Description", "--value", *units]
    shown = subprocess.run(command, check=True, capture_output=True).stdout.decode().split("\n\n")
    compare({n: plain[n] for n in plain}, {n: text.rstrip("\n") for n, text in zip(plain, shown)})


def main(command, *arguments):
    if command == "texts":
        sys.stdout.buffer.write(b"".join(text.encode() + b"\0" for text in TEXTS))
    elif command == "manifests":
        for name, document in manifests():
            pathlib.Path(arguments[0], name + ".json").write_text(json.dumps(document))
    elif command == "dump":
        print(json.dumps(dict(os.environ)))
    elif command == "check-dump":
        check_dump(arguments[0])
    elif command == "check-descriptions":
        check_descriptions()
    else:
        sys.exit(__doc__)


main(*sys.argv[1:])
