// A door to the built bundle for tests in other languages. It loads the bundle
// into an empty context, as a phone without WebCrypto and BigInt would.
import { readFileSync } from 'node:fs';
import { webcrypto } from 'node:crypto';
import vm from 'node:vm';

const here = new URL('.', import.meta.url);
const sandbox = vm.createContext({});
vm.runInContext('var crypto = undefined; var BigInt = undefined; var TextEncoder = undefined;', sandbox);
// CUNWU_SEAL_BUNDLE: a deliberately wrong one, to show that a test notices.
vm.runInContext(readFileSync(process.env.CUNWU_SEAL_BUNDLE || new URL('dist/seal.js', here), 'utf8'), sandbox);
sandbox.take = (b) => Buffer.from(b).toString('hex');
sandbox.give = (s) => Array.from(Buffer.from(s, 'hex'));
const call = (code, args = {}) => vm.runInContext(`(() => { ${code} })()`, Object.assign(sandbox, args));
vm.runInContext('var bytes = (s) => Uint8Array.from(give(s));', sandbox);

const random = () => Buffer.from(webcrypto.getRandomValues(new Uint8Array(192))).toString('hex');
const [command, ...args] = process.argv.slice(2);

if (command === 'self-test') console.log(call('return cunwuSeal.selfTest()'));
if (command === 'seal') {
  // definition, three keys in one hex text, then the values of each ballot
  const keys = args[1].match(/.{64}/g);
  for (const values of args.slice(2)) {
    const ballot = call('return take(cunwuSeal.seal(bytes(d), k.map(bytes), bytes(v), bytes(r)))', { d: args[0], k: keys, v: values, r: random() });
    console.log(ballot, call('return cunwuSeal.trackerText(bytes(b))', { b: ballot }));
  }
}
if (command === 'open') console.log(call('var c = cunwuSeal.hpkeOpen(bytes(s), bytes(k), bytes(i), bytes(c0)); return c ? take(c) : "shut"', { s: args[0], k: args[1], i: args[2], c0: args[3] }));
if (command === 'refuse') {
  const good = ['09', '10', '11'].map((b) => b.repeat(32));
  const cases = {
    'no random bytes': { k: good, r: '' },
    'zero random bytes': { k: good, r: '00'.repeat(192) },
    'repeating random bytes': { k: good, r: random().slice(0, 64).repeat(6) },
    'one key twice': { k: [good[0], good[1], good[0]], r: random() },
    'a key of low order': { k: [good[0], good[1], '00'.repeat(32)], r: random() },
  };
  for (const [name, c] of Object.entries(cases)) {
    let said = 'SEALED';
    try {
      call('cunwuSeal.seal(bytes(d), k.map(bytes), bytes("010000"), bytes(r))', { d: '00'.repeat(32), ...c });
    } catch {
      said = 'refused';
    }
    console.log(`${name}: ${said}`);
  }
}
