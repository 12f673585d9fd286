// SPDX-License-Identifier: LGPL-2.1-or-later
// The part of make-simple-signing-js.sh that talks to OpenPGP.js: node make-simple-signing.mjs DIRECTORY
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import * as openpgp from "openpgp";

const directory = process.argv[2];
const created = new Date("2024-01-01T00:00:00Z");
const signed = new Date("2024-02-01T00:00:00Z");
const name = "quay.io/coreos/etcd:v3.5";
const digest = "sha256:" + createHash("sha256").update(readFileSync(`${directory}/manifest`)).digest("hex");
const rows = ["# as cases.tsv"];
const { zip, zlib, uncompressed } = openpgp.enums.compression;

function claim(imageDigest = digest, type = "atomic container signature") {
    return new TextEncoder().encode(JSON.stringify({
        critical: { identity: { "docker-reference": name }, image: { "docker-manifest-digest": imageDigest }, type },
        optional: { creator: "OpenPGP.js", timestamp: 1706745600 },
    }));
}

async function newKey(file, config, options) {
    const { privateKey, publicKey } = await openpgp.generateKey({
        userIDs: [{ name: file, email: `${file}@example.com` }], date: created, format: "object", subkeys: [], ...options, config,
    });
    writeFileSync(`${directory}/keys/${file}.asc`, publicKey.armor());
    return privateKey;
}

// Compressed data come as a stream.
async function bytes(data) {
    if (data instanceof Uint8Array)
        return data;
    const parts = [], reader = data.getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read())
        parts.push(part.value);
    return Buffer.concat(parts);
}

async function write(file, keyFile, key, { document = claim(), compression = uncompressed, hash, expected = "0", reason, ...options }) {
    const message = await openpgp.createMessage({ binary: document, date: signed, filename: "" });
    const config = { preferredHashAlgorithm: hash ?? openpgp.enums.hash.sha512 };
    const list = await message.sign([key].flat(), [], null, [], signed, [], [], [], { ...openpgp.config, ...config });
    const data = compression === uncompressed ? list.write() : list.compress(compression).write();
    writeFileSync(`${directory}/messages/${file}`, await bytes(data));
    rows.push([file, keyFile, name, "repository", expected, reason, "OpenPGP.js"].join("\t"));
}

const v4 = { v6Keys: false }, v6 = { v6Keys: true };
const keys = {
    "js-v4-curve25519": [v4, { type: "ecc", curve: "ed25519Legacy" }],
    "js-v4-rsa": [v4, { type: "rsa", rsaBits: 3072 }],
    "js-v4-native": [v4, { type: "curve25519" }],
    "js-v6-ed25519": [v6, { type: "curve25519" }],
    "js-v6-ed448": [v6, { type: "curve448" }],
    "js-v6-p384": [v6, { type: "ecc", curve: "nistP384" }],
};
const made = {};
for (const [file, [config, options]] of Object.entries(keys)) {
    made[file] = await newKey(file, config, options);
    await write(file, file, made[file], { reason: "not compressed" });
}
const key = made["js-v6-ed25519"];
await write("js-v6-zip", "js-v6-ed25519", key, { compression: zip, reason: "raw deflate" });
await write("js-v6-zlib", "js-v6-ed25519", key, { compression: zlib, reason: "deflate in a zlib stream" });
await write("js-v6-digest-other", "js-v6-ed25519", key, {
    document: claim("sha256:" + "b".repeat(64)), expected: "EPERM", reason: "signs another digest",
});
await write("js-v6-by-another", "js-v6-ed25519", made["js-v6-p384"], { expected: "ENOKEY", reason: "was made by the unknown key" });
await write("js-v6-two-signers", "js-v6-ed25519", [key, made["js-v6-p384"]], {
    expected: "EBADMSG", reason: "has more than one signature",
});
writeFileSync(`${directory}/cases-js.tsv`, rows.join("\n") + "\n");
