# SPDX-License-Identifier: LGPL-2.1-or-later
"""What may be in a store of gantry's, told from its documents alone: an opinion independent of the programs'.

Everything below the root must be explained by an image that has a name, by its layers, or by a pod.
"""

import hashlib
import json
import os
import re
import stat

DIRECTORIES = {"incoming": 0o711, "images": 0o755, "images/refs": 0o755, "layers": 0o755, "pods": 0o700, "stage1": 0o700,
               **{"pods/" + phase: 0o700 for phase in ("preparing", "prepared", "running", "exited", "garbage")}}
IMAGE_FILES = {"manifest", "config", "index", "verdict.json", "layers", "dependencies"}
IMAGE_ID = re.compile(r"sha256-[0-9a-f]{64}|sha512-[0-9a-f]{64,128}")
IDENTITY = re.compile(r"[A-Za-z0-9.-]{1,64}:[0-9]+(:s0:c[0-9]+,c[0-9]+)?")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def read(path):
    with open(path, "rb") as f:
        return f.read()


def digest_of(path):
    return hashlib.sha256(read(path)).hexdigest()


class Look:
    """One look at a store; `problems` are sentences. Layers are compared with those of `golden`, a dictionary of name and
    digest: a layer is the same on every machine. After gc nothing may be there that is of no use any more (`tidy`)."""

    def __init__(self, root, golden=None, tidy=True):
        self.root = root
        self.golden = golden or {}
        self.tidy = tidy
        self.problems = []
        self.names = {}
        self.images = {}
        self.pods = {}
        self.needed = set()
        if os.path.exists(root):
            self.look_at_directories()
            self.look_at_names()
            self.look_at_images()
            self.look_at_pods()
            self.look_at_layers()
            self.look_at_stage1()

    def path(self, *names):
        return os.path.join(self.root, *names)

    def say(self, text):
        self.problems.append(text)

    def list(self, *names):
        try:
            return sorted(os.listdir(self.path(*names)))
        except FileNotFoundError:
            return []

    def expect(self, name, mode, kind=stat.S_ISREG):
        st = os.lstat(self.path(name))
        if not kind(st.st_mode):
            self.say(f"{name} is of the wrong type")
        elif stat.S_IMODE(st.st_mode) != mode or st.st_uid or st.st_gid:
            self.say(f"{name} has mode {stat.S_IMODE(st.st_mode):o} and owner {st.st_uid}:{st.st_gid}")
        return st

    def look_at_directories(self):
        for name in self.list():
            if name not in DIRECTORIES:
                self.say(f"{name} is nobody's")
        for name, mode in DIRECTORIES.items():
            if os.path.lexists(self.path(name)):
                self.expect(name, mode, stat.S_ISDIR)
        for name in self.list("pods"):
            if "pods/" + name not in DIRECTORIES:
                self.say(f"pods/{name} is nobody's")
        if self.tidy:
            for name in self.list("incoming"):
                self.say(f"incoming/{name} is left")

    def look_at_names(self):
        for name in self.list("images", "refs"):
            if name.startswith(".#"):
                if self.tidy:
                    self.say(f"images/refs/{name} is left")
                continue
            self.expect("images/refs/" + name, 0o644)
            image = read(self.path("images/refs", name)).decode().rstrip("\n")
            self.names[name] = image
            if not os.path.isdir(self.path("images", image)):
                self.say(f"the name {name} is that of nothing")

    def look_at_images(self):
        wanted = set(self.names.values())
        for image in self.list("images"):
            if image == "refs":
                continue
            if not IMAGE_ID.fullmatch(image):
                if self.tidy or not image.startswith(".#"):
                    self.say(f"images/{image} is left")
            elif os.path.exists(self.path("images", image, "dependencies")) and image in wanted:
                for line in read(self.path("images", image, "dependencies")).decode().splitlines():
                    wanted.add(line.split()[0])
        for image in self.list("images"):
            if IMAGE_ID.fullmatch(image):
                if image in wanted:
                    self.look_at_image(image)
                elif self.tidy:
                    self.say(f"images/{image} has no name")

    def look_at_image(self, image):
        for name in self.list("images", image):
            where = f"images/{image}/{name}"
            if name == "signatures":
                for signature in self.list(where):
                    if not signature.startswith(".#"):
                        self.expect(f"{where}/{signature}", 0o444)
                    elif self.tidy:
                        self.say(f"{where}/{signature} is left")
            elif name in IMAGE_FILES:
                self.expect(where, 0o444)
            elif self.tidy or not name.startswith(".#"):
                self.say(f"{where} is left")
        try:
            self.images[image] = self.layers_of(image)
            self.needed.update(self.images[image])
        except (OSError, ValueError, KeyError) as e:
            self.say(f"images/{image} is not whole: {e!r}")

    def layers_of(self, image):
        """The names of its layers; whoever has a name is complete."""
        directory = self.path("images", image)
        manifest = read(os.path.join(directory, "manifest"))
        json.loads(read(os.path.join(directory, "verdict.json")))
        lines = [line.split() for line in read(os.path.join(directory, "layers")).decode().splitlines()]
        if image.startswith("sha256-"):
            config = read(os.path.join(directory, "config"))
            if hashlib.sha256(manifest).hexdigest() != image[7:]:
                raise ValueError("its manifest is another")
            if "sha256:" + hashlib.sha256(config).hexdigest() != json.loads(manifest)["config"]["digest"]:
                raise ValueError("its config is another")
            expected = [d.replace(":", "-") for d in json.loads(config)["rootfs"]["diff_ids"]]
            mending = "sha512-" + hashlib.sha512(("gantry directories\n" + "".join(f"{d}\n" for d in expected)).encode()).hexdigest()
            if [line[0] for line in lines] not in (expected, expected + [mending]):
                raise ValueError("its layers are others")
        else:
            json.loads(manifest)
        for line in lines:
            st = os.lstat(self.path("layers", line[0] + ".erofs"))
            if [st.st_size, st.st_ino, st.st_ctime_ns] != [int(line[1]), int(line[3]), int(line[4])]:
                raise ValueError(f"layer {line[0]} is not as it was noted down")
        return [line[0] for line in lines]

    def look_at_pods(self):
        for phase in self.list("pods"):
            for uuid in self.list("pods", phase):
                where = f"pods/{phase}/{uuid}"
                if not UUID.fullmatch(uuid):
                    self.say(f"{where} is nobody's")
                elif phase in ("preparing", "garbage"):
                    if self.tidy:
                        self.say(f"{where} is left")
                else:
                    self.look_at_pod(phase, uuid)

    def look_at_pod(self, phase, uuid):
        where = f"pods/{phase}/{uuid}"
        for name in ("pod.json", *(["exit.json"] if phase == "exited" else [])):
            if not os.path.isfile(self.path(where, name)):
                self.say(f"{where} has no {name}")
                return
        try:
            IDENTITY.fullmatch(os.readlink(self.path(where, "identity"))).group()
        except (OSError, AttributeError):
            self.say(f"{where} has no identity")
            return
        if self.tidy:
            for directory, _, files in os.walk(self.path(where)):
                for name in files:
                    if name.startswith(".#") and "/upper" not in directory:
                        self.say(f"{where}: {name} is left")
        self.pods[uuid] = phase
        for app in json.loads(read(self.path(where, "pod.json")))["apps"]:
            image = self.path("images", app["image"]["id"], "layers")
            if not os.path.exists(image):
                self.say(f"{where} needs {image}, which is not there")
                continue
            for line in read(image).decode().splitlines():
                layer = line.split()[0]
                self.needed.add(layer)
                if not os.path.exists(self.path("layers", layer + ".erofs")):
                    self.say(f"{where} needs the layer {layer}, which is not there")

    def pod_names(self):
        """Of those that have not ended."""
        return {os.readlink(self.path("pods", phase, uuid, "identity")).split(":")[0] for uuid, phase in self.pods.items()
                if phase in ("prepared", "running")}

    def look_at_layers(self):
        for name in self.list("layers"):
            layer, suffix = os.path.splitext(name)
            self.expect("layers/" + name, 0o444)
            if suffix != ".erofs":
                self.say(f"layers/{name} is left")
            elif layer not in self.needed and self.tidy:
                self.say(f"layers/{name} is of no image")
            if self.golden.get(name, None) not in (None, digest_of(self.path("layers", name))):
                self.say(f"layers/{name} is not what it should be")


    def look_at_stage1(self):
        names = self.list("stage1")
        size, image = None, None
        if "current" in names:
            size, _, _, image = read(self.path("stage1/current")).decode().splitlines()[0].split(" ")
            if image not in names or os.path.getsize(self.path("stage1", image)) != int(size):
                self.say(f"stage1/{image} is not as it was noted down")
        for name in names:
            if not name.startswith(".#"):
                self.expect("stage1/" + name, 0o400)
            if self.tidy and name not in ("current", image):
                self.say(f"stage1/{name} is left")


def golden_layers(root):
    directory = os.path.join(root, "layers")
    return {name: digest_of(os.path.join(directory, name)) for name in os.listdir(directory)}


def renew_records(root):
    """A copy of a store has other inodes; its images are told."""
    for image in os.listdir(os.path.join(root, "images")):
        path = os.path.join(root, "images", image, "layers")
        if not os.path.exists(path):
            continue
        lines = []
        for line in read(path).decode().splitlines():
            words = line.split()
            st = os.lstat(os.path.join(root, "layers", words[0] + ".erofs"))
            lines.append(" ".join([*words[:3], str(st.st_ino), str(st.st_ctime_ns)]) + "\n")
        os.chmod(path, 0o644)
        with open(path, "w", encoding="ascii") as f:
            f.writelines(lines)
        os.chmod(path, 0o444)
