#!/usr/bin/env node
// SPDX-License-Identifier: LGPL-2.1-or-later
// What @sigstore/verify says about the bundles of test/corpus, and why gantry says something else where it does. Writes
// bundle/sigstore-says.tsv; fails if there is a difference that nobody has explained. Run by hand:
// compare-bundle.mjs DIRECTORY (test/corpus), in a directory where there is npm install @sigstore/verify @sigstore/bundle.

import crypto from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(path.join(process.cwd(), 'anything'));
const { Verifier, toSignedEntity, toTrustMaterial } = require('@sigstore/verify');
const { bundleFromJSON } = require('@sigstore/bundle');

const corpus = path.join(process.argv[2], 'bundle');
const nothing = { mediaType: '', tlogs: [], certificateAuthorities: [], ctlogs: [], timestampAuthorities: [] };
const read = (name) => fs.readFileSync(path.join(corpus, name), 'utf8');

function ask(file, key) {
  const material = toTrustMaterial(nothing, () => ({ publicKey: crypto.createPublicKey(read(`keys/${key}`)), validFor: () => true }));
  const verifier = new Verifier(material, { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 });
  try {
    verifier.verify(toSignedEntity(bundleFromJSON(JSON.parse(read(file)))));
    return 'good';
  } catch (e) {
    return `bad: ${e.code ?? e.name}`;
  }
}

// Why gantry refuses what the other takes.
const stricter = [
  [/^EPERM: /, 'it verifies the signature and leaves the statement to its caller'],
  [/^EBADMSG: is not a sigstore bundle of version/, 'it takes every version, and anything behind it'],
  [/nested too deeply$|larger than/, 'it has no limits'],
  [/^EBADMSG: is no sigstore bundle: $/, 'JavaScript takes the last of two members'],
  [/unknown member/, 'it ignores members that it does not know'],
  [/not a string$|not an object$/, 'it converts what is of another type'],
  [/^EBADMSG: is keyless/, 'of a key and a certificate it takes the key'],
  [/not proper base64$/, 'base64 of Node.js passes over blanks'],
];
// Why gantry takes what the other refuses.
const laxer = [
  [/^must-pass\/key-p\d+-sha\d+/, 'it knows SHA-256 only; cosign signs with these'],
  [/^must-pass\/with-/, 'it verifies logs and timestamps, of which it was told no keys; a key needs neither'],
];
const explain = (table, text) => table.find(([pattern]) => pattern.test(text))?.[1] ?? 'NOT EXPLAINED';

const lines = ['# file\tgantry\t@sigstore/verify\twhy they differ'];
for (const row of read('cases.tsv')
  .split('\n')
  .filter((line) => line && !line.startsWith('#'))) {
  const [file, key, verdict] = row.split('\t');
  const ours = verdict.split(':')[0];
  const theirs = ask(file, key);
  const why = (ours === 'good') === (theirs === 'good') ? '' : ours === 'good' ? explain(laxer, file) : explain(stricter, verdict);
  lines.push([file, ours, theirs, why].join('\t').trimEnd());
}

const text = lines.join('\n') + '\n';
fs.writeFileSync(path.join(corpus, 'sigstore-says.tsv'), text);
process.exitCode = text.includes('NOT EXPLAINED') ? 1 : 0;
