// XML by Open311's Spark convention, as the library's own reader gives it: an
// element is a list where its children are of one kind or but one, else an
// object; texts that are numbers or truth values become such; nothing is null.
const { XMLParser, XMLValidator } = require('fast-xml-parser');

const parser = new XMLParser({ preserveOrder: true, ignoreDeclaration: true, ignoreAttributes: true, parseTagValue: false, trimValues: false });

exports.parseXml = (text) => {
  const sound = XMLValidator.validate(text);
  if (sound !== true) {
    throw new Error(`open311: not XML: ${sound.err.msg}`);
  }
  const roots = elements(parser.parse(text));
  if (roots.length !== 1) {
    throw new Error(`open311: ${roots.length} roots`);
  }
  return value(roots[0][1]);
};

function elements(nodes) {
  return nodes.map((n) => Object.entries(n)[0]).filter(([name]) => name !== '#text');
}

function value(nodes) {
  const inner = elements(nodes);
  if (inner.length === 0) {
    return typed(nodes.map((n) => n['#text'] ?? '').join(''));
  }
  const names = new Set(inner.map(([name]) => name));
  if (inner.length === 1 || names.size < inner.length) {
    return inner.map(([, of]) => value(of));
  }
  return Object.fromEntries(inner.map(([name, of]) => [name, value(of)]));
}

function typed(text) {
  if (text === '') {
    return null;
  }
  const n = Number(text);
  if (!Number.isNaN(n)) {
    return n;
  }
  return { true: true, false: false }[text.toLowerCase()] ?? text;
}
