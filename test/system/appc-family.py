#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Images in the appc format that depend on each other, and what they look like.

appc-family.py make DIR          writes DIR/NAME-1.0.0.aci for all of IMAGES, with GNU tar
appc-family.py show DIR NAME     renders NAME from these archives as the text of the spec says, without a thought for layers, and
                                 lists what is below /t as LIST, the command of each image that has one, does in a pod
appc-family.py order NAME        the images, bottom first, as the spec has them rendered

The renderer follows App Container spec 0.8.11, aci.md: dependencies in order, depth first, then the image itself; what is in no
pathWhitelist further up stays out; a later path overwrites an earlier one.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile

PREFIX = "example.test/family/"
LIST = """find /t | sort | while read -r f; do
if [ -L "$f" ]; then echo "$f link $(readlink "$f")"
elif [ -d "$f" ]; then stat -c "%n directory %a %u:%g" "$f"
else echo "$f file $(stat -c "%a %u:%g %h" "$f") $(cat "$f")"; fi; done"""
APPLETS = ["sh", "find", "sort", "readlink", "stat", "cat"]
TOOLS = ["/bin/busybox"] + ["/bin/" + a for a in APPLETS]


# What an image has: (path, kind, value, mode, owner); a directory's name ends in a slash.
def f(path, text, mode=0o644, owner=0):
    return (path, "file", text, mode, owner)


def d(path, mode=0o755, owner=0):
    return (path, "directory", None, mode, owner)


def s(path, target):
    return (path, "link", target, 0o777, 0)


def h(path, target):
    return (path, "hard", target, 0, 0)


def image(*content, needs=(), keeps=None, labels=(), runs=False):
    return {"content": content, "needs": needs, "keeps": keeps, "labels": labels, "runs": runs}


def need(name, **more):
    return {"imageName": PREFIX + name, **more}


IMAGES = {
    "base": image(d("t"), f("t/who", "base"), d("t/dir", 0o700, 7), f("t/dir/x", "x", 0o600, 8), s("t/to-dir", "dir"),
                  f("t/a", "linked"), h("t/b", "t/a"), h("t/dir/c", "t/a"), d("t/empty", 0o1777)),
    # the spec's own example: B, D, C, A
    "b": image(d("t"), f("t/who", "b"), f("t/b-only", "b"), d("t/turns"), f("t/turns/below", "b"), s("t/over", "dir")),
    "d": image(d("t", 0o711), f("t/who", "d"), f("t/d-only", "d"), f("t/turns", "a file now"), d("t/dir", 0o700, 7), s("t/dir/own", "x")),
    "c": image(d("t"), f("t/who", "c"), d("t/over"), f("t/over/z", "not in dir"), d("t/turns", 0o750), f("t/turns/c", "c"),
               needs=[need("d")]),
    "a": image(d("t"), f("t/who", "a"), needs=[need("base"), need("b"), need("c")], runs=True),
    # a diamond: D, B, D, C, A. What B has in common with D is D's again
    "two-b": image(d("t"), f("t/who", "two-b"), f("t/d-only", "b"), d("t/turns"), needs=[need("d")]),
    "two-c": image(d("t"), f("t/two-c", "c"), needs=[need("d")]),
    "diamond": image(needs=[need("base"), need("two-b"), need("two-c")], runs=True),
    # whitelists: its own, over its own files and those of others
    "own": image(d("t"), d("t/kept", 0o711), d("t/bare", 0o705), f("t/kept/yes", "yes"), f("t/kept/no", "no"), f("t/a", "own"),
                 h("t/z", "t/a"), needs=[need("base")], runs=True,
                 keeps=TOOLS + ["/t/kept/yes", "/t/dir/x", "/t//b/", "/t/./dir/../dir/c", "/t/z", "/nowhere"]),
    "lists-directories": image(d("t"), needs=[need("base")], runs=True, keeps=TOOLS + ["/t/dir", "/t/empty/", "/t/to-dir"]),
    # one within another: what is in both; a sibling does not count
    "inner": image(d("t"), f("t/inner", "inner"), f("t/not", "not"), needs=[need("base"), need("b")],
                   keeps=TOOLS + ["/t/inner", "/t/dir/x", "/t/b-only", "/t/a"]),
    "nested": image(d("t"), f("t/nested", "n"), needs=[need("inner"), need("c")], runs=True,
                    keeps=TOOLS + ["/t/nested", "/t/inner", "/t/dir/x", "/t/d-only", "/t/who"]),
    "sibling": image(d("t"), needs=[need("inner"), need("two-c"), need("base")], runs=True),
    # what is fetched under conditions
    "exact": image(needs=[need("base", imageID="base"), need("b", size=1 << 20, labels=[{"name": "version", "value": "1.0.0"}])],
                   runs=True),
    "wrong-id": image(needs=[need("b"), need("base", imageID="b")], runs=True),
    "too-large": image(needs=[need("base", size=1000)], runs=True),
    "wrong-label": image(needs=[need("base", labels=[{"name": "channel", "value": "beta"}, {"name": "version", "value": "1.0.0"}])]),
    "unspeakable": image(needs=[need("b", labels=[{"name": "channel", "value": "a\u009b31m"}])]),
    "missing": image(needs=[need("b"), need("needs-none")]),
    "needs-none": image(needs=[need("none")]),
    "circle": image(needs=[need("circle-2")]),
    "circle-2": image(needs=[need("circle-3")]),
    "circle-3": image(needs=[need("circle")]),
    "itself": image(needs=[need("itself")]),
    "secret": image(d("t"), f("t/secret", "s")),
    "needs-secret": image(needs=[need("secret")]),
    "top-secret": image(d("t"), needs=[need("base"), need("needs-secret")], runs=True),
    **{f"deep-{i}": image(needs=[need(f"deep-{i + 1}")]) for i in range(34)},
    "deep-34": image(),
}


def entries(name):
    if name == "base":
        yield from [d("bin"), ("bin/busybox", "copy", shutil.which("busybox"), 0o755, 0)]
        yield from [s("bin/" + a, "busybox") for a in APPLETS]
        yield from [d(x) for x in ("proc", "sys", "dev", "run", "tmp", "var", "usr", "etc")]
        yield f("etc/passwd", "root:x:0:0:root:/:/bin/sh")
        yield f("etc/group", "root:x:0:")
    yield from IMAGES[name]["content"]


def put(root, path, kind, value, mode, owner):
    where = os.path.join(root, path)
    os.makedirs(os.path.dirname(where), exist_ok=True)
    if kind == "directory":
        os.makedirs(where, exist_ok=True)
    elif kind == "file":
        with open(where, "w") as file:
            file.write(value + "\n")
    elif kind == "copy":
        shutil.copyfile(value, where)
    elif kind == "link":
        os.symlink(value, where)
    elif kind == "hard":
        os.link(os.path.join(root, value), where)
    if kind not in ("link", "hard"):
        os.chmod(where, mode)
        os.chown(where, owner, owner)


def manifest(name, ids):
    spec = IMAGES[name]
    needs = [{**n, **({"imageID": ids[n["imageID"]]} if "imageID" in n else {})} for n in spec["needs"]]
    labels = [{"name": "version", "value": "1.0.0"}, {"name": "os", "value": "linux"}, *spec["labels"]]
    document = {"acKind": "ImageManifest", "acVersion": "0.8.11", "name": PREFIX + name, "labels": labels, "dependencies": needs}
    if spec["keeps"]:
        document["pathWhitelist"] = spec["keeps"]
    if spec["runs"]:
        document["app"] = {"exec": ["/bin/sh", "-c", LIST], "user": "0", "group": "0"}
    return document


def make_one(directory, name, ids):
    """Only what is in the table becomes an entry: parents that are made on the way do not."""
    with tempfile.TemporaryDirectory() as tree:
        root = os.path.join(tree, "rootfs")
        os.mkdir(root)
        names = ["manifest", "rootfs"]
        for entry in entries(name):
            put(root, *entry)
            names.append("rootfs/" + entry[0])
        with open(os.path.join(tree, "manifest"), "w") as file:
            json.dump(manifest(name, ids), file)
        plain = os.path.join(tree, "tar")
        subprocess.run(["tar", "-C", tree, "--no-recursion", "--numeric-owner", "-cf", plain, *names], check=True)
        with open(plain, "rb") as file:
            ids[name] = "sha512-" + hashlib.sha512(file.read()).hexdigest()
        with open(os.path.join(directory, name + "-1.0.0.aci"), "wb") as file:
            subprocess.run(["gzip", "-nc", plain], stdout=file, check=True)


def make(directory):
    ids = {}
    for name in IMAGES:
        make_one(directory, name, ids)
        print(name, ids[name])


def needed(name):
    return [n["imageName"][len(PREFIX):] for n in IMAGES[name]["needs"]]


def order(name):
    for other in needed(name):
        yield from order(other)
    yield name


def clean(path):
    return os.path.normpath("/" + path.lstrip("/")).lstrip("/")


def remove(tree, path):
    for p in [p for p in tree if p == path or p.startswith(path + "/")]:
        del tree[p]


def add(tree, path, entry):
    """A symbolic link or file where a directory is to be is replaced, never followed."""
    parts = path.split("/")
    for i in range(1, len(parts)):
        parent = "/".join(parts[:i])
        if parent in tree and tree[parent][0] != "directory":
            remove(tree, parent)
        tree.setdefault(parent, ("directory", 0o755, 0, 0))
    if path in tree and not (tree[path][0] == "directory" and entry[0] == "directory"):
        remove(tree, path)
    tree[path] = entry


def extract(directory, name, above, tree):
    own = {clean(p) for p in IMAGES[name]["keeps"] or []}
    data = {}  # what the archive has as files, by name
    with tarfile.open(os.path.join(directory, name + "-1.0.0.aci")) as archive:
        for member in archive:
            path = clean(member.name)
            if not path.startswith("rootfs/"):
                continue
            path = path[len("rootfs/"):]
            if member.isdir():
                entry = ("directory", member.mode, member.uid, member.gid)
            elif member.issym():
                entry = ("link", member.linkname)
            elif member.islnk():
                entry = data[clean(member.linkname)[len("rootfs/"):]]
            else:
                entry = ("file", member.mode, member.uid, member.gid, (name, path), archive.extractfile(member).read())
            data[path] = entry
            if (own and entry[0] != "directory" and path not in own) or any(path not in a for a in above):
                continue
            add(tree, path, entry)


def render(directory, name, above, tree):
    own = IMAGES[name]["keeps"]
    passed = above + [{clean(p) for p in own}] if own else above
    for other in needed(name):
        render(directory, other, passed, tree)
    extract(directory, name, above, tree)


def show(directory, name):
    tree = {}
    render(directory, name, [], tree)
    files = [e[4] for e in tree.values() if e[0] == "file"]
    for path in sorted(p for p in tree if p == "t" or p.startswith("t/")):
        e = tree[path]
        if e[0] == "link":
            print(f"/{path} link {e[1]}")
        elif e[0] == "directory":
            print(f"/{path} directory {e[1]:o} {e[2]}:{e[3]}")
        else:
            print(f"/{path} file {e[1]:o} {e[2]}:{e[3]} {files.count(e[4])} {e[5].decode().rstrip()}")


if __name__ == "__main__":
    command, *arguments = sys.argv[1:]
    if command == "order":
        print(*order(*arguments))
    else:
        {"make": make, "show": show}[command](*arguments)
