#!/usr/bin/env node
// SPDX-License-Identifier: LGPL-2.1-or-later
// Makes the sigstore bundles of test/corpus: good ones with the @sigstore packages, others by changing what these made.
// Run by hand, the result is committed: make-bundle.mjs DIRECTORY (test/corpus), in a directory where there is
// npm install @sigstore/sign @sigstore/bundle @sigstore/mock @noble/curves. No network: the mock is Fulcio, Rekor, TSA.

import crypto from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(path.join(process.cwd(), 'anything'));
const { DSSEBundleBuilder, FulcioSigner, MessageSignatureBundleBuilder, RekorWitness, TSAWitness } = require('@sigstore/sign');
const { bundleToJSON } = require('@sigstore/bundle');
const { mockFulcio, mockRekor, mockTSA } = require('@sigstore/mock');
const { ed25519ph } = require('@noble/curves/ed25519.js');

const corpus = path.join(process.argv[2], 'bundle');
const rows = ['# file\tkey\tverdict\tmaker\twhy'];
const HEX = 'a'.repeat(64);
const OTHER = 'b'.repeat(64);
const STATEMENT = 'https://in-toto.io/Statement/v1';
const PREDICATE = 'https://sigstore.dev/cosign/sign/v1';
const IN_TOTO = 'application/vnd.in-toto+json';
const V03 = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const JS = '@sigstore/sign';
const HAND = 'by hand';

function write(name, data) {
  const file = path.join(corpus, name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, data);
}

function add(name, document, verdict, why, { key = 'p256', maker = HAND } = {}) {
  const data = Buffer.isBuffer(document) || typeof document === 'string' ? document : JSON.stringify(document);
  write(`${name}.json`, data);
  rows.push([`${name}.json`, `${key}.pem`, verdict, maker, why].join('\t'));
}

const good = (name, document, why, how) => add(`must-pass/${name}`, document, 'good', why, how);
const malformed = (name, document, reason, why, how) => add(`must-fail/${name}`, document, `EBADMSG: ${reason}`, why, how);
const rejected = (name, document, reason, why, how) => add(`must-fail/${name}`, document, `EKEYREJECTED: ${reason}`, why, how);
const elsewhere = (name, document, reason, why, how) => add(`must-fail/${name}`, document, `EPERM: ${reason}`, why, how);

// --- keys
const ec = (namedCurve) => crypto.generateKeyPairSync('ec', { namedCurve });
const rsa = (modulusLength) => crypto.generateKeyPairSync('rsa', { modulusLength });
const keys = {
  p256: ec('P-256'), p384: ec('P-384'), p521: ec('P-521'),
  rsa2048: rsa(2048), rsa3072: rsa(3072), rsa4096: rsa(4096), ed25519: crypto.generateKeyPairSync('ed25519'),
};
for (const [name, pair] of Object.entries(keys))
  write(`keys/${name}.pem`, pair.publicKey.export({ type: 'spki', format: 'pem' }));
const der = (pair) => pair.publicKey.export({ type: 'spki', format: 'der' });
const hintOf = (pair) => crypto.createHash('sha256').update(der(pair)).digest('base64');

// --- what is signed
const statement = (more = {}) => ({
  _type: STATEMENT, subject: [{ digest: { sha256: HEX } }], predicateType: PREDICATE, predicate: {}, ...more,
});
const encode = (document) => Buffer.isBuffer(document) ? document
  : Buffer.from(typeof document === 'string' ? document : JSON.stringify(document));
const pae = (type, body) => Buffer.concat([Buffer.from(`DSSEv1 ${Buffer.byteLength(type)} ${type} ${body.length} `), body]);

// As the package does it.
async function signed(document, { key = 'p256', hash = 'sha256', type = IN_TOTO, witnesses = [], hint = hintOf(keys[key]),
  certificateChain } = {}) {
  const pair = keys[key];
  const signer = {
    sign: async (data) => ({
      signature: crypto.sign(key === 'ed25519' ? null : hash, data, pair.privateKey),
      key: { $case: 'publicKey', publicKey: pair.publicKey.export({ type: 'spki', format: 'pem' }), hint },
    }),
  };
  const builder = new DSSEBundleBuilder({ signer, witnesses, certificateChain });
  return bundleToJSON(await builder.create({ data: encode(document), type }));
}

const plain = await signed(statement());
// A copy of the plain bundle with something changed in it.
function changed(change, bundle = plain) {
  const copy = structuredClone(bundle);
  change(copy);
  return copy;
}
// The plain bundle with a signature of ours over bytes of ours.
const withSignature = (signature, bundle = plain) =>
  changed((b) => { b.dsseEnvelope.signatures[0].sig = Buffer.from(signature).toString('base64'); }, bundle);
const sign = (data, key = 'p256', hash = 'sha256', more = {}) =>
  crypto.sign(key === 'ed25519' ? null : hash, data, { key: keys[key].privateKey, ...more });

// --- good
for (const key of Object.keys(keys))
  good(`key-${key}`, await signed(statement(), { key }), 'a kind of key that is accepted', { key, maker: JS });
for (const [key, hash] of [['p384', 'sha384'], ['p521', 'sha512']])
  good(`key-${key}-${hash}`, await signed(statement(), { key, hash }), "cosign 3 takes the hash of the curve's strength",
    { key, maker: JS });

// cosign is written in Go, and protojson puts blanks behind some commas.
const goLayout = (payload, signature) => `{"mediaType":"${V03}", "verificationMaterial":{"publicKey":{"hint":"${hintOf(keys.p256)}"}}, ` +
  `"dsseEnvelope":{"payload":"${encode(payload).toString('base64')}", "payloadType":"${IN_TOTO}", "signatures":[{"sig":"${signature}"}]}}`;
const goBundle = (payload) => goLayout(payload, crypto.sign('sha256', pae(IN_TOTO, encode(payload)),
  keys.p256.privateKey).toString('base64'));
good('cosign-3', goBundle(statement()), 'the form of cosign 3.0.5 and later: no keyid', { maker: 'node' });
good('cosign-3.0.0', goBundle(`{"_type":"${STATEMENT}","subject":[{"digest":{"sha256":"${HEX}"},"annotations":{"a":"b"}}],"predicateType":"${PREDICATE}"}`),
  'the form of cosign 3.0 to 3.0.4: no predicate', { maker: 'node' });

await mockRekor({ baseURL: 'https://rekor.example' });
const rekor = new RekorWitness({ rekorBaseURL: 'https://rekor.example', retry: false });
const withRekor = await signed(statement(), { witnesses: [rekor] });
good('with-rekor', withRekor, 'entries of a log are not needed, and no harm', { maker: `${JS}, @sigstore/mock` });
await mockTSA({ baseURL: 'https://tsa.example' });
const tsa = new TSAWitness({ tsaBaseURL: 'https://tsa.example', retry: false });
good('with-timestamp', await signed(statement(), { witnesses: [tsa] }), 'a timestamp is not needed, and no harm',
  { maker: `${JS}, @sigstore/mock` });

const url = (text) => text.replaceAll('+', '-').replaceAll('/', '_');
good('base64-url', changed((b) => {
  b.dsseEnvelope.payload = url(b.dsseEnvelope.payload);
  b.dsseEnvelope.signatures[0].sig = url(b.dsseEnvelope.signatures[0].sig);
}), 'ProtoJSON and DSSE allow both alphabets');
good('media-type-parameter', changed((b) => { b.mediaType = 'application/vnd.dev.sigstore.bundle+json;version=0.3'; }),
  'the older spelling of version 0.3');
good('no-hint', await signed(statement(), { hint: undefined }), 'a hint is optional', { maker: JS });
good('hint-lies', changed((b) => { b.verificationMaterial.publicKey.hint = 'another key'; }), 'nobody signed the hint, nobody looks at it');
good('null', changed((b) => {
  b.messageSignature = null;
  b.verificationMaterial.certificate = null;
  b.dsseEnvelope.signatures[0].keyid = null;
}),
  'ProtoJSON: null is absent');
good('indented', JSON.stringify(plain, null, 8) + '\n', 'blanks are no part of JSON');
good('escaped', JSON.stringify(plain).replaceAll('/', '\\u002f').replace('payload"', 'p\\u0061yload"'),
  'escapes are read before anything else');
good('two-subjects', await signed(statement({ subject: [{ digest: { sha256: OTHER } }, { digest: { sha256: HEX } }] })),
  'one of them is enough', { maker: JS });
good('two-digests', await signed(statement({ subject: [{ name: 'x', digest: { sha512: OTHER.repeat(2), sha256: HEX } }] })),
  'of one thing, by two algorithms', { maker: JS });
good('predicate-full', await signed(statement({ predicate: { a: [1, { b: null }] } })), 'the predicate says nothing about what was signed',
  { maker: JS });

// --- not signed with a key
await mockFulcio({ baseURL: 'https://fulcio.example' });
const claims = { iss: 'https://issuer.example', sub: 'a@example.com', email: 'a@example.com', email_verified: true, aud: 'sigstore' };
const token = ['{"alg":"none"}', JSON.stringify(claims), 'x']
  .map((part) => Buffer.from(part).toString('base64url')).join('.');
async function keyless(certificateChain) {
  await mockFulcio({ baseURL: 'https://fulcio.example' });
  await mockRekor({ baseURL: 'https://rekor.example' });
  const signer = new FulcioSigner({ fulcioBaseURL: 'https://fulcio.example', identityProvider: { getToken: async () => token },
    retry: false });
  const builder = new DSSEBundleBuilder({ signer, witnesses: [rekor], certificateChain });
  return bundleToJSON(await builder.create({ data: encode(statement()), type: IN_TOTO }));
}
const KEYLESS = 'is keyless (certificate of Fulcio), which is not supported yet';
const fulcio = await keyless(false);
malformed('keyless', fulcio, KEYLESS, 'the certificate would have to be verified', { maker: `${JS}, @sigstore/mock` });
malformed('keyless-chain', await keyless(true), KEYLESS, 'the same in version 0.2', { maker: `${JS}, @sigstore/mock` });
malformed('keyless-and-key', changed((b) => { b.verificationMaterial.certificate = fulcio.verificationMaterial.certificate; }), KEYLESS,
  'one or the other');
malformed('keyless-as-key', changed((b) => { b.verificationMaterial = { x509CertificateChain: {} }; }), KEYLESS, 'even an empty chain');

// --- not such a bundle
const VERSION = 'is not a sigstore bundle of version 0.3: ';
malformed('version-0.2', await signed(statement(), { certificateChain: true }),
  VERSION + "'application/vnd.dev.sigstore.bundle+json;version=0.2'",
  'the tag of the artifact says 0.3', { maker: JS });
for (const [name, type] of Object.entries({
  'version-0.1': 'application/vnd.dev.sigstore.bundle+json;version=0.1', 'version-0.4': 'application/vnd.dev.sigstore.bundle.v0.4+json',
  'version-parameter': V03 + ';version=0.4', 'media-type-upper-case': V03.toUpperCase(), 'media-type-empty': '',
    'media-type-blank': V03 + ' ',
})) malformed(name, changed((b) => { b.mediaType = type; }), `${VERSION}'${type}'`, 'another document');
const NO_BUNDLE = 'is no sigstore bundle: ';
malformed('media-type-missing', changed((b) => { delete b.mediaType; }), NO_BUNDLE + 'mediaType: missing', 'another document');
malformed('media-type-number', changed((b) => { b.mediaType = 3; }), NO_BUNDLE + 'mediaType: not a string', 'another document');
const message = bundleToJSON(await new MessageSignatureBundleBuilder({ witnesses: [], signer: {
  sign: async (data) => ({ signature: crypto.sign('sha256', data, keys.p256.privateKey),
    key: { $case: 'publicKey', publicKey: '', hint: '' } }),
} }).create({ data: Buffer.from('a file') }));
const FILE = 'signs a file (messageSignature), not a container image';
malformed('message-signature', { ...message, mediaType: V03 }, FILE, 'the digest in it is a hint, not what was signed', { maker: JS });
malformed('message-signature-and-envelope', changed((b) => { b.messageSignature = message.messageSignature; }), FILE, 'one or the other');
malformed('no-content', changed((b) => { delete b.dsseEnvelope; }), 'is a sigstore bundle without a DSSE envelope', 'nothing is signed');
malformed('no-material', changed((b) => { delete b.verificationMaterial; }), NO_BUNDLE + 'verificationMaterial: missing', 'by whom?');
malformed('no-key', changed((b) => { delete b.verificationMaterial.publicKey; }), 'is a sigstore bundle without a key', 'by whom?');
malformed('key-string', changed((b) => { b.verificationMaterial.publicKey = 'x'; }),
  NO_BUNDLE + 'verificationMaterial.publicKey: not an object', 'not of that type');
malformed('hint-number', changed((b) => { b.verificationMaterial.publicKey.hint = 1; }),
  NO_BUNDLE + 'verificationMaterial.publicKey.hint: not a string', 'not of that type');

// --- DSSE
const SIGNATURES = (n) => `has ${n} signatures in its DSSE envelope, not exactly one`;
const envelope = (change) => changed((b) => change(b.dsseEnvelope, b));
malformed('signatures-none', envelope((e) => { e.signatures = []; }), SIGNATURES(0), 'nobody signed');
malformed('signatures-two', envelope((e) => { e.signatures.push(e.signatures[0]); }), SIGNATURES(2), 'which one counts?');
malformed('signatures-missing', envelope((e) => { delete e.signatures; }), NO_BUNDLE + 'dsseEnvelope.signatures: missing', 'nobody signed');
malformed('signatures-object', envelope((e) => { e.signatures = e.signatures[0]; }), NO_BUNDLE + 'dsseEnvelope.signatures: not an array',
  'not of that type');
malformed('sig-missing', envelope((e) => { delete e.signatures[0].sig; }), NO_BUNDLE + 'dsseEnvelope.signatures[0].sig: missing',
  'nobody signed');
const BASE64 = (what) => `has a ${what} that is not proper base64`;
const sigs = { empty: () => '', blank: (s) => s.slice(0, 8) + ' ' + s.slice(8),
  unpadded: (s) => Buffer.from(s, 'base64').subarray(0, 70).toString('base64').replace(/=*$/, ''),
  mixed: (s) => '+_' + s.slice(2), 'line-break': (s) => s.slice(0, 8) + '\n' + s.slice(8) };
for (const [name, f] of Object.entries(sigs))
  malformed(`sig-${name}`, envelope((e) => { e.signatures[0].sig = f(e.signatures[0].sig); }), BASE64('signature'),
    'one spelling an alphabet');
malformed('payload-missing', envelope((e) => { delete e.payload; }), NO_BUNDLE + 'dsseEnvelope.payload: missing', 'nothing is signed');
malformed('payload-empty', changed((b) => { b.dsseEnvelope.payload = ''; }, withSignature(sign(pae(IN_TOTO, Buffer.alloc(0))))),
  BASE64('payload'), 'nothing is signed');
malformed('payload-object', envelope((e) => { e.payload = statement(); }), NO_BUNDLE + 'dsseEnvelope.payload: not a string',
  'not the bytes that were signed');
malformed('payload-not-base64', envelope((e) => { e.payload = '{}'; }), BASE64('payload'), 'not the bytes that were signed');
malformed('payload-type-missing', envelope((e) => { delete e.payloadType; }), NO_BUNDLE + 'dsseEnvelope.payloadType: missing',
  'it is signed with the payload');

// --- JSON of the bundle
const text = JSON.stringify(plain);
const UNKNOWN = 'unknown member "x"';
malformed('more-at-root', { ...plain, x: 1 }, NO_BUNDLE + UNKNOWN, 'ProtoJSON parsers refuse it');
malformed('more-in-material', changed((b) => { b.verificationMaterial.x = 1; }), NO_BUNDLE + 'verificationMaterial: ' + UNKNOWN,
  'ProtoJSON parsers refuse it');
malformed('more-in-key', changed((b) => { b.verificationMaterial.publicKey.x = 1; }),
  NO_BUNDLE + 'verificationMaterial.publicKey: ' + UNKNOWN, 'ProtoJSON parsers refuse it');
malformed('more-in-envelope', envelope((e) => { e.x = 1; }), NO_BUNDLE + 'dsseEnvelope: ' + UNKNOWN, 'ProtoJSON parsers refuse it');
malformed('more-in-signature', envelope((e) => { e.signatures[0].x = 1; }), NO_BUNDLE + 'dsseEnvelope.signatures[0]: ' + UNKNOWN,
  'ProtoJSON parsers refuse it');
malformed('snake-case', text.replace('mediaType', 'media_type'), NO_BUNDLE + 'mediaType: missing', 'nobody writes it');
malformed('case-of-key', text.replace('dsseEnvelope', 'DsseEnvelope'), NO_BUNDLE + 'unknown member "DsseEnvelope"',
  'some of Go would take it');
malformed('duplicate-envelope', text.replace('"dsseEnvelope":', '"dsseEnvelope":{},"dsseEnvelope":'), NO_BUNDLE,
  'parsers differ: which of the two?');
malformed('duplicate-payload', text.replace('"payload":', '"payload":"e30=","payload":'), NO_BUNDLE, 'parsers differ: which of the two?');
malformed('duplicate-escaped', text.replace('"payload":', '"p\\u0061yload":"e30=","payload":'), NO_BUNDLE, 'the same, hidden by an escape');
malformed('empty', '', NO_BUNDLE + 'the document is empty', 'nothing');
malformed('array', `[${text}]`, NO_BUNDLE + 'not an object', 'another document');
malformed('cut-off', text.slice(0, -1), NO_BUNDLE, 'incomplete');
malformed('trailing', text + text, NO_BUNDLE, 'parsers differ: which of the two?');
malformed('trailing-nul', text + '\0', NO_BUNDLE, 'C strings would end here');
malformed('byte-order-mark', '\ufeff' + text, NO_BUNDLE, 'parsers differ');
malformed('nul', text.replace(IN_TOTO, IN_TOTO + '\\u0000x'), NO_BUNDLE, 'C strings would end here');
malformed('utf-8', Buffer.from(text.replace(IN_TOTO, IN_TOTO + '\xff'), 'latin1'), NO_BUNDLE, 'parsers differ');
malformed('deep', text.replace('"mediaType"', `"x":${'['.repeat(20)}${']'.repeat(20)},"mediaType"`), NO_BUNDLE + 'nested too deeply',
  "the parser's stack");
malformed('too-large', JSON.stringify(plain) + ' '.repeat(65536), 'is larger than 65536 bytes', 'a limit');
malformed('terminal', changed((b) => { b['\u001b[31mred\n\''] = 1; }), NO_BUNDLE + 'unknown member "\\x1b[31mred\\x0a\\x27"',
  'nothing of it reaches the terminal');

// --- by whom, over what, by which algorithm
const NOT_BY = 'was not made by a trusted key';
const SHAPE = (kind) => `is no ${kind} signature`;
const body = encode(statement());
const encoded = pae(IN_TOTO, body);
rejected('another-key', withSignature(crypto.sign('sha256', encoded, ec('P-256').privateKey)), NOT_BY,
  'a good signature by nobody we know, under the hint of a trusted key', { maker: 'node' });
rejected('payload-swapped', envelope((e) => { e.payload = encode(statement({ predicate: { x: 1 } })).toString('base64'); }), NOT_BY,
  'a signature on something else');
rejected('payload-type-swapped', changed((b) => { b.dsseEnvelope.payloadType = IN_TOTO; },
  await signed(statement(), { type: 'text/plain' })), NOT_BY,
  'it was not signed as a statement', { maker: JS });
rejected('pae-none', withSignature(sign(body)), NOT_BY, 'the payload alone, as cosign signs blobs');
rejected('pae-leading-zero', withSignature(sign(Buffer.from(encoded.toString().replace('DSSEv1 28', 'DSSEv1 028')))), NOT_BY,
  'another encoding');
rejected('pae-version', withSignature(sign(Buffer.from(encoded.toString().replace('DSSEv1', 'DSSEv2')))), NOT_BY, 'another encoding');
rejected('pae-newline', withSignature(sign(Buffer.concat([encoded, Buffer.from('\n')]))), NOT_BY, 'one byte more');
// What was signed is "28 TYPE 4 x 1 " with a body; what it is read as is a longer type with a shorter body.
const inner = Buffer.concat([Buffer.from(`${body.length} `), body]);
rejected('pae-split', changed((b) => {
  b.dsseEnvelope.payloadType = `${IN_TOTO} ${inner.length}`;
  b.dsseEnvelope.payload = body.toString('base64');
}, await signed(inner)),
  NOT_BY, 'the boundary between type and payload moved', { maker: JS });
rejected('pae-joined', envelope((e) => {
  e.payloadType = '';
  e.payload = Buffer.concat([Buffer.from(`${IN_TOTO} ${body.length} `), body]).toString('base64');
}),
  NOT_BY, 'the boundary between type and payload moved');
rejected('hash-sha512', await signed(statement(), { hash: 'sha512' }), NOT_BY, 'P-256 signs SHA-256', { maker: JS });
rejected('hash-p384-sha512', await signed(statement(), { key: 'p384', hash: 'sha512' }), NOT_BY, 'P-384 signs SHA-256 or SHA-384',
  { key: 'p384', maker: JS });
rejected('hash-rsa-sha512', await signed(statement(), { key: 'rsa2048', hash: 'sha512' }), NOT_BY, 'RSA signs SHA-256',
  { key: 'rsa2048', maker: JS });
rejected('rsa-pss', withSignature(sign(encoded, 'rsa2048', 'sha256', { padding: crypto.constants.RSA_PKCS1_PSS_PADDING })), NOT_BY,
  'not declared by the key', { key: 'rsa2048', maker: 'node' });
const seed = keys.ed25519.privateKey.export({ type: 'pkcs8', format: 'der' }).subarray(-32);
rejected('ed25519ph', withSignature(ed25519ph.sign(encoded, seed)), NOT_BY, 'cosign 2.6 and later; another algorithm with the same keys',
  { key: 'ed25519', maker: '@noble/curves' });
rejected('rsa-for-ec', await signed(statement(), { key: 'rsa2048' }), SHAPE('ECDSA P-256'), 'the key says which algorithm', { maker: JS });
rejected('ec-for-rsa', plain, SHAPE('RSA-2048'), 'the key says which algorithm', { key: 'rsa2048', maker: JS });
rejected('ec-for-ed25519', plain, SHAPE('Ed25519'), 'the key says which algorithm', { key: 'ed25519', maker: JS });
rejected('raw-r-s', withSignature(sign(encoded, 'p256', 'sha256', { dsaEncoding: 'ieee-p1363' })), SHAPE('ECDSA P-256'), 'nobody makes it',
  { maker: 'node' });
rejected('der-trailing', withSignature(Buffer.concat([sign(encoded), Buffer.from([0])])), SHAPE('ECDSA P-256'),
  'a second form of a signature');
rejected('r-s-zero', withSignature(Buffer.from('3006020100020100', 'hex')), SHAPE('ECDSA P-256'),
  'good for every message where nobody looks (CVE-2022-21449)');

// --- signed, but not as a statement
const how = { maker: JS };
for (const [name, type] of Object.entries({ text: 'text/plain', empty: '', 'upper-case': IN_TOTO.toUpperCase(),
  parameter: `${IN_TOTO}; charset=utf-8`,
  cosign: 'application/vnd.dev.cosign.simplesigning.v1+json' }))
  elsewhere(`payload-type-${name}`, changed((b) => { b.dsseEnvelope.payloadType = type; }, await signed(statement(), { type })),
    `signs something else than an in-toto statement: '${type}'`, 'signed for another purpose', how);
const NO_STATEMENT = 'signs what is no in-toto statement: ';
const source = JSON.stringify(statement());
for (const [name, [document, reason, why]] of Object.entries({
  text: ['hello', '', 'anything'],
  claim: [{ critical: { identity: { 'docker-reference': 'quay.io/coreos/etcd' }, image: { 'docker-manifest-digest': `sha256:${HEX}` },
    type: 'cosign container image signature' }, optional: null },
    '_type: missing', 'the form for tags under the type of a statement'],
  array: [`[${source}]`, 'not an object', 'another document'],
  trailing: [source + source, '', 'parsers differ: which of the two?'],
  'byte-order-mark': ['\ufeff' + source, '', 'parsers differ'],
  nul: [source.replace('v1"', 'v1\\u0000"'), '', 'C strings would end here'],
  'utf-8': [Buffer.from(source.replace('{}', '{"\xff":1}'), 'latin1'), '', 'parsers differ'],
  deep: [source.replace('{}', '{"x":' + '['.repeat(20) + ']'.repeat(20) + '}'), 'nested too deeply', "the parser's stack"],
  'duplicate-type': [source.replace('"predicateType":', '"predicateType":"https://slsa.dev/provenance/v1","predicateType":'), '',
    'parsers differ: which of the two?'],
  'duplicate-digest': [source.replace('"sha256":', `"sha256":"${OTHER}","sha256":`), '', 'parsers differ: which of the two?'],
  'duplicate-escaped': [source.replace('"sha256":', `"sh\\u0061256":"${OTHER}","sha256":`), '', 'the same, hidden by an escape'],
  'more-at-root': [statement({ x: 1 }), UNKNOWN, 'what we do not look at, another tool might'],
  'more-in-subject': [statement({ subject: [{ digest: { sha256: HEX }, uri: 'https://example.com' }] }), 'subject[0]: unknown member "uri"',
    'what we do not look at, another tool might'],
  'case-of-key': [source.replace('predicateType', 'PredicateType'), 'predicateType: missing', 'Go would take it'],
  'type-missing': [statement({ _type: undefined }), '_type: missing', 'a statement of what kind?'],
  'predicate-type-missing': [statement({ predicateType: undefined }), 'predicateType: missing', 'for which purpose?'],
  'predicate-string': [statement({ predicate: 'x' }), 'predicate: not an object', 'not of that type'],
  'subject-missing': [statement({ subject: undefined }), 'subject: missing', 'about what?'],
  'subject-null': [statement({ subject: null }), 'subject: missing', 'about what?'],
  'subject-object': [statement({ subject: { digest: { sha256: HEX } } }), 'subject: not an array', 'not of that type'],
  'subject-string': [statement({ subject: [`sha256:${HEX}`] }), 'subject[0]: not an object', 'not of that type'],
  'digest-missing': [statement({ subject: [{ name: 'x' }] }), 'subject[0].digest: missing', 'about what?'],
  'digest-string': [statement({ subject: [{ digest: `sha256:${HEX}` }] }), 'subject[0].digest', 'not of that type'],
  'digest-number': [statement({ subject: [{ digest: { sha256: 1 } }] }), 'subject[0].digest', 'not of that type'],
  'subjects-many': [statement({ subject: Array(1025).fill({ digest: {} }) }), 'subject: 1025 items', 'a limit'],
})) elsewhere(`statement-${name}`, await signed(document), NO_STATEMENT + reason, why, how);

// --- stated, but something else
for (const [name, type] of Object.entries({ 'v0.1': 'https://in-toto.io/Statement/v0.1', v2: 'https://in-toto.io/Statement/v2',
  'trailing-slash': STATEMENT + '/', empty: '' }))
  elsewhere(`type-${name}`, await signed(statement({ _type: type })), `signs a statement of an unknown type: '${type}'`, 'another document',
    how);
const PURPOSE = 'signs something else than a container image: ';
for (const [name, type] of Object.entries({
  vuln: 'https://cosign.sigstore.dev/attestation/vuln/v1', cyclonedx: 'https://cyclonedx.org/bom', spdx: 'https://spdx.dev/Document',
  slsa: 'https://slsa.dev/provenance/v1', cosign: 'https://cosign.sigstore.dev/attestation/v1', longer: PREDICATE + 'x',
    shorter: PREDICATE.slice(0, -1),
  'trailing-slash': PREDICATE + '/', 'upper-case': PREDICATE.toUpperCase(), http: PREDICATE.replace('https', 'http'), empty: '',
})) elsewhere(`predicate-${name}`, await signed(statement({ predicateType: type })), `${PURPOSE}'${type}'`,
  'the same key signs scans and bills of material', how);
elsewhere('predicate-terminal', await signed(statement({ predicateType: '\u001b[31mred\n\'' })), PURPOSE + "'\\x1b[31mred\\x0a\\x27'",
  'nothing of it reaches the terminal', how);
await mockRekor({ baseURL: 'https://rekor.example' });
elsewhere('predicate-with-rekor', await signed(statement({ predicateType: 'https://slsa.dev/provenance/v1' }), { witnesses: [rekor] }),
  PURPOSE,
  'being logged does not make it one', { maker: `${JS}, @sigstore/mock` });
const ANOTHER = 'signs another digest: ';
for (const [name, digest, why] of [
  ['other', { sha256: OTHER }, 'another image'], ['upper-case', { sha256: HEX.toUpperCase() }, 'one spelling only'],
    ['short', { sha256: HEX.slice(1) }, 'not the whole digest'],
  ['long', { sha256: HEX + 'a' }, 'not the digest'], ['empty', { sha256: '' }, 'no digest'],
    ['prefixed', { sha256: `sha256:${HEX}` }, 'one spelling only'],
  ['sha512', { sha512: HEX.repeat(2) }, 'of another algorithm'], ['algorithm', { sha512: HEX }, 'the right digits under the wrong name'],
  ['algorithm-upper-case', { SHA256: HEX }, 'one spelling only'], ['blank', { sha256: ` ${HEX}` }, 'one spelling only'],
]) elsewhere(`digest-${name}`, await signed(statement({ subject: [{ digest }] })),
  `${ANOTHER}'${Object.entries(digest)[0].join(':')}`.slice(0, 90), why, how);
elsewhere('digests-other', await signed(statement({ subject: [{ digest: { sha256: OTHER } }, { digest: { sha256: OTHER } }] })), ANOTHER,
  'none of several', how);
elsewhere('digests-none', await signed(statement({ subject: [{ digest: {} }] })), 'signs no digest', 'about what?', how);
elsewhere('subject-empty', await signed(statement({ subject: [] })), 'signs no digest', 'about what?', how);
elsewhere('digest-in-name', await signed(statement({ subject: [{ name: HEX, digest: { sha256: OTHER } }] })), ANOTHER,
  'a name is no digest', how);
elsewhere('digest-in-predicate', await signed(statement({ subject: [], predicate: { digest: { sha256: HEX } } })), 'signs no digest',
  'only subjects are signed', how);

write('cases.tsv', [rows[0], ...rows.slice(1).sort()].join('\n') + '\n');
const seeds = path.join(process.argv[2], 'statement');
fs.mkdirSync(seeds, { recursive: true });
fs.writeFileSync(path.join(seeds, 'cosign-3'), source);
fs.writeFileSync(path.join(seeds, 'two-subjects'), JSON.stringify(statement({ subject: [{ digest: { sha256: OTHER } },
  { name: 'x', digest: { sha512: HEX }, annotations: {} }] })));
