// The voter's side of a sealed ballot (see docs/design/sealed-ballots.md):
// RFC 9180 base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256,
// ChaCha20-Poly1305, in plain JavaScript: no WebCrypto, no BigInt, no global
// source of randomness. The caller hands in random bytes from
// crypto.getRandomValues or wx.getRandomValues; without them nothing is sealed.
import { sharedKey, scalarMultBase } from '@stablelib/x25519';
import { SHA256, hash as sha256 } from '@stablelib/sha256';
import { HMAC } from '@stablelib/hmac';
import { ChaCha20Poly1305 } from '@stablelib/chacha20poly1305';

const ascii = (s) => Uint8Array.from(s.split(''), (c) => c.charCodeAt(0));
const concat = (...parts) => {
  const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of parts) {
    out.set(p, at);
    at += p.length;
  }
  return out;
};
const hmac = (key, message) => {
  const h = new HMAC(SHA256, key);
  h.update(message);
  const digest = h.digest();
  h.clean();
  return digest;
};

const NONE = new Uint8Array(0);
const VERSION = ascii('HPKE-v1');
const KEM = concat(ascii('KEM'), Uint8Array.of(0x00, 0x20));
const SUITE = concat(ascii('HPKE'), Uint8Array.of(0x00, 0x20, 0x00, 0x01, 0x00, 0x03));

const extract = (suite, salt, label, material) =>
  hmac(salt.length ? salt : new Uint8Array(32), concat(VERSION, suite, ascii(label), material));
// One block of HKDF is enough: nothing here is longer than 32 bytes.
const expand = (suite, key, label, info, length) =>
  hmac(key, concat(Uint8Array.of(0, length), VERSION, suite, ascii(label), info, Uint8Array.of(1))).slice(0, length);

function schedule(dh, enc, key, info) {
  const shared = expand(KEM, extract(KEM, NONE, 'eae_prk', dh), 'shared_secret', concat(enc, key), 32);
  const context = concat(
    Uint8Array.of(0),
    extract(SUITE, NONE, 'psk_id_hash', NONE),
    extract(SUITE, NONE, 'info_hash', info)
  );
  const secret = extract(SUITE, shared, 'secret', NONE);
  return [
    new ChaCha20Poly1305(expand(SUITE, secret, 'key', context, 32)),
    expand(SUITE, secret, 'base_nonce', context, 12),
  ];
}

// hpkeSeal closes one envelope; ephemeral is 32 random bytes, used once.
export function hpkeSeal(key, info, plaintext, ephemeral, aad) {
  const enc = scalarMultBase(ephemeral);
  // true: an all-zero result, which a key of low order gives, is refused.
  const [aead, nonce] = schedule(sharedKey(ephemeral, key, true), enc, key, info);
  return concat(enc, aead.seal(nonce, plaintext, aad));
}

// hpkeOpen is for the trustee's offline page; null where it does not open.
export function hpkeOpen(secret, key, info, ciphertext) {
  const enc = ciphertext.slice(0, 32);
  const [aead, nonce] = schedule(sharedKey(secret, enc, true), enc, key, info);
  return aead.open(nonce, ciphertext.slice(32));
}

export const FRAME = 32;
export const BALLOT = 385;
export const RANDOM = 6 * 32;
const PAIRS = [
  [0, 1],
  [0, 2],
  [1, 2],
];

// context binds a ballot to the published definition (its SHA-256) and to the
// three keys; its first characters stand on the printed notice.
export const context = (definition, keys) => sha256(concat(ascii('cunwu sealed ballot v1\0'), definition, ...keys));

// frame writes one value per option.
export function frame(values) {
  if (values.length < 1 || values.length > FRAME - 2) throw new Error('seal: number of options');
  const f = new Uint8Array(FRAME);
  f[0] = 1;
  f[1] = values.length;
  f.set(values, 2);
  return f;
}

const repeats = (bytes) => bytes.every((b) => b === bytes[0]);

// seal gives the 385 bytes of a ballot. random is RANDOM fresh random bytes;
// they are wiped. It throws where randomness or keys cannot be trusted.
export function seal(definition, keys, values, random) {
  if (!selfTest()) throw new Error('seal: self-test failed');
  if (!(random instanceof Uint8Array) || random.length !== RANDOM) throw new Error('seal: no random source');
  const ephemerals = [0, 1, 2, 3, 4, 5].map((i) => random.slice(32 * i, 32 * i + 32));
  if (new Set(ephemerals.map(String)).size !== 6 || ephemerals.some(repeats)) throw new Error('seal: the random source repeats');
  if (keys.length !== 3 || new Set(keys.map(String)).size !== 3) throw new Error('seal: not three different keys');
  const ctx = context(definition, keys);
  const content = frame(values);
  const parts = [Uint8Array.of(1)];
  PAIRS.forEach(([first, second], i) => {
    const inner = hpkeSeal(keys[second], concat(ctx, Uint8Array.of(i, 1)), content, ephemerals[2 * i]);
    parts.push(hpkeSeal(keys[first], concat(ctx, Uint8Array.of(i, 2)), inner, ephemerals[2 * i + 1]));
  });
  random.fill(0);
  ephemerals.forEach((e) => e.fill(0));
  content.fill(0);
  return concat(...parts);
}

export const tracker = (ballot) => sha256(concat(ascii('cunwu tracker v1\0'), ballot));

// trackerText is what the voter keeps: 20 characters.
export function trackerText(ballot) {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
  const hash = tracker(ballot);
  let out = '';
  let bits = 0;
  let value = 0;
  for (let i = 0; out.length < 20; i++) {
    value = (value << 8) | hash[i];
    bits += 8;
    while (bits >= 5 && out.length < 20) {
      bits -= 5;
      out += alphabet[(value >> bits) & 31];
    }
    value &= (1 << bits) - 1;
  }
  return out;
}

const hex = (s) => Uint8Array.from(s.match(/../g), (b) => parseInt(b, 16));
let tested;

// selfTest runs the known answer of RFC 9180 A.2.1 once. Where it is false the
// phone's engine cannot be trusted with a ballot.
export function selfTest() {
  if (tested === undefined) {
    const got = hpkeSeal(
      hex('4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a'),
      hex('4f6465206f6e2061204772656369616e2055726e'),
      hex('4265617574792069732074727574682c20747275746820626561757479'),
      hex('f4ec9b33b792c372c1d2c2063507b684ef925b8c75a42dbcbf57d63ccd381600'),
      hex('436f756e742d30')
    );
    tested = String(got.slice(32)) === String(hex('1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28'));
  }
  return tested;
}
