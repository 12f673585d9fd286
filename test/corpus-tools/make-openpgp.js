#!/usr/bin/node
// SPDX-License-Identifier: LGPL-2.1-or-later
// Makes the keys and signatures of RFC 9580 (version 6, native Ed25519 and Ed448) of test/corpus with OpenPGP.js, which gpg 2.2 cannot.
// Run by hand after make-openpgp.sh, the result is committed:
//     npm install --prefix DIR openpgp@6 eckey-utils
//     NODE_PATH=DIR/node_modules make-openpgp.js DIRECTORY (test/corpus)
//     NODE_PATH=DIR/node_modules make-openpgp.js --verify KEY SIGNATURE DOCUMENT (for make-openpgp-hostile.py)
// Everything is dated in 2024 and meant to be judged on 2025-06-01.
"use strict";

const fs = require("node:fs");
const openpgp = require("openpgp");
const { hash, reasonForRevocation } = openpgp.enums;

const CREATED = new Date("2024-01-01T00:00:00Z");
const SIGNED = new Date("2024-02-01T00:00:00Z");
const REVOKED = new Date("2024-06-01T00:00:00Z");
const FUTURE = new Date("2099-01-01T00:00:00Z");

async function verify(keyFile, signatureFile, documentFile) {
        const read = (file) => new Uint8Array(fs.readFileSync(file));
        const result = await openpgp.verify({
                message: await openpgp.createMessage({ binary: read(documentFile) }),
                signature: await openpgp.readSignature({ binarySignature: read(signatureFile) }),
                verificationKeys: await openpgp.readKey({ binaryKey: read(keyFile) }),
                date: new Date("2025-06-01T00:00:00Z"),
        });
        for (const { verified } of result.signatures) await verified;
}

async function make(corpus) {
        const keys = {};
        const says = []; // what OpenPGP.js reads in these keys: file, fingerprint, created, expires, revoked
        const text = fs.readFileSync(`${corpus}/openpgp-signature/documents/hello`);

        async function create(name, version, options) {
                const { privateKey } = await openpgp.generateKey({
                        userIDs: [{ name, email: `${name}@example.com` }],
                        subkeys: [],
                        date: CREATED,
                        format: "object",
                        ...options,
                        config: { v6Keys: version === 6, rejectCurves: new Set() },
                });
                keys[name] = privateKey;
        }

        async function sign(name, signers, options = {}) {
                const { date = SIGNED, document = text, format = "armored", config = {}, message, ...others } = options;
                const signature = await openpgp.sign({
                        message: message ?? (await openpgp.createMessage({ binary: new Uint8Array(document) })),
                        signingKeys: signers.map((signer) => keys[signer]),
                        detached: true,
                        date,
                        format,
                        ...others,
                        config: { rejectCurves: new Set(), rejectPublicKeyAlgorithms: new Set(), ...config },
                });
                fs.writeFileSync(`${corpus}/openpgp-signature/must-pass/${name}.${format === "armored" ? "asc" : "sig"}`, signature);
        }

        async function publish(name) {
                const key = await openpgp.readKey({ armoredKey: keys[name].toPublic().armor() });
                const expires = await key.getExpirationTime();
                const fields = [
                        `${name}.asc`,
                        key.getFingerprint().toUpperCase(),
                        key.getCreationTime() / 1000,
                        expires === Infinity ? 0 : expires / 1000,
                        (await key.isRevoked()) ? "revoked" : "-",
                ];
                says.push(`${fields.join("\t")}\n`);
                fs.writeFileSync(`${corpus}/openpgp-key/must-pass/${name}.asc`, key.armor());
        }

        // each algorithm, and the version of the key
        const kinds = {
                "v6-ed25519": [6, { type: "curve25519" }],
                "v6-ed448": [6, { type: "curve448" }],
                "v6-p256": [6, { type: "ecc", curve: "nistP256" }],
                "v6-p384": [6, { type: "ecc", curve: "nistP384" }],
                "v6-p521": [6, { type: "ecc", curve: "nistP521" }],
                "v6-brainpool256": [6, { type: "ecc", curve: "brainpoolP256r1" }],
                "v6-brainpool384": [6, { type: "ecc", curve: "brainpoolP384r1" }],
                "v6-brainpool512": [6, { type: "ecc", curve: "brainpoolP512r1" }],
                "v6-rsa3072": [6, { type: "rsa", rsaBits: 3072 }],
                "native-ed25519": [4, { type: "curve25519" }],
                "native-ed448": [4, { type: "curve448" }],
                "native-subkeys": [4, { type: "curve25519", subkeys: [{}, { sign: true }] }],
                "v6-subkeys": [6, { type: "curve25519", subkeys: [{}, { sign: true }] }],
                "v6-subkeys-448": [6, { type: "curve448", subkeys: [{}, { sign: true }] }],
        };
        for (const [name, [version, options]] of Object.entries(kinds)) {
                await create(name, version, options);
                await publish(name);
                await sign(name, [name]);
        }

        // what is signed, how, and when
        const hashes = { sha256: hash.sha256, sha384: hash.sha384, sha512: hash.sha512, "sha3-256": hash.sha3_256, "sha3-512": hash.sha3_512 };
        for (const [name, id] of Object.entries(hashes))
                for (const key of ["v6-ed25519", "native-ed25519", "v6-p256", "v6-rsa3072"])
                        await sign(`${key}-${name}`, [key], { config: { preferredHashAlgorithm: id } });
        await sign("v6-ed448-sha3-512", ["v6-ed448"], { config: { preferredHashAlgorithm: hash.sha3_512 } });
        await sign("v6-ed25519", ["v6-ed25519"], { format: "binary" });
        await sign("v6-ed448", ["v6-ed448"], { format: "binary" });
        await sign("v6-ed25519-large", ["v6-ed25519"], { document: fs.readFileSync(`${corpus}/openpgp-signature/documents/large`) });
        await sign("v6-ed25519-empty", ["v6-ed25519"], { document: "" });
        await sign("v6-ed25519-text", ["v6-ed25519"], { message: await openpgp.createMessage({ text: text.toString() }) });
        await sign("v6-ed25519-future", ["v6-ed25519"], { date: FUTURE });
        const notation = (critical) => [{ name: "note@example.com", value: new Uint8Array([120]), humanReadable: true, critical }];
        await sign("v6-ed25519-notation", ["v6-ed25519"], { signatureNotations: notation(false) });
        await sign("v6-ed25519-critical-notation", ["v6-ed25519"], { signatureNotations: notation(true) });
        await sign("v6-two", ["v6-ed25519", "v6-ed448"]);
        await sign("v6-and-v4", ["native-ed25519", "v6-ed25519", "native-ed448"]);

        // expiry and revocation
        await create("v6-expired", 6, { type: "curve25519", keyExpirationTime: 60 * 86400 });
        await publish("v6-expired");
        await sign("v6-expired", ["v6-expired"]);
        for (const [name, flag] of Object.entries({ "v6-revoked-0": "noReason", "v6-revoked-1": "keySuperseded", "v6-revoked-2": "keyCompromised" })) {
                await create(name, 6, { type: "curve448" });
                await sign(name, [name]);
                const { privateKey } = await openpgp.revokeKey({
                        key: keys[name],
                        reasonForRevocation: { flag: reasonForRevocation[flag], string: "" },
                        date: REVOKED,
                        format: "object",
                });
                keys[name] = privateKey;
                await publish(name);
        }
        await create("v6-subkey-revoked", 6, { type: "curve25519", subkeys: [{ sign: true }] });
        await sign("v6-subkey-revoked", ["v6-subkey-revoked"]);
        const key = keys["v6-subkey-revoked"];
        key.subkeys[0] = await key.subkeys[0].revoke(key.keyPacket, { flag: reasonForRevocation.keyCompromised, string: "" }, REVOKED);
        await publish("v6-subkey-revoked");
        await create("v6-subkey-expired", 6, { type: "curve25519", subkeys: [{ sign: true, keyExpirationTime: 60 * 86400 }] });
        await sign("v6-subkey-expired", ["v6-subkey-expired"]);
        await publish("v6-subkey-expired");

        fs.writeFileSync(`${corpus}/openpgp-key/openpgpjs-says.tsv`, says.join(""));

        // files of the wrong kind
        fs.writeFileSync(`${corpus}/openpgp-key/must-fail/v6-private.asc`, keys["v6-ed25519"].armor());
        const inline = { message: await openpgp.createMessage({ binary: new Uint8Array(text) }), signingKeys: keys["v6-ed25519"], date: SIGNED };
        fs.writeFileSync(`${corpus}/openpgp-signature/must-fail/v6-inline.asc`, await openpgp.sign(inline));
        fs.writeFileSync(`${corpus}/openpgp-signature/must-fail/v6-inline.gpg`, await openpgp.sign({ ...inline, format: "binary" }));
        fs.writeFileSync(`${corpus}/openpgp-signature/must-fail/v6-key.asc`, keys["v6-ed25519"].toPublic().armor());
}

const args = process.argv.slice(2);
(args[0] === "--verify" ? verify(...args.slice(1)) : make(args[0])).catch((error) => {
        console.error(error);
        process.exit(1);
});
