// Checks one posting against the public record, in the reader's browser: the
// server hands over bytes and judges nothing. The same steps, byte by byte, are
// in docs/verify.md. Plain JavaScript, no libraries.
"use strict";
(() => {
  const form = document.getElementById("verify-form");
  const list = document.getElementById("verify-result");
  const input = document.getElementById("verify-id");
  const utf8 = new TextEncoder();
  const subtle = window.crypto && window.crypto.subtle;

  class Differs extends Error {}
  class Unchecked extends Error {}

  const hex = (bytes) => Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
  const unhex = (text) => Uint8Array.from(text.match(/../g) || [], (two) => parseInt(two, 16));
  const unbase64 = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const join = (...parts) => Uint8Array.from(parts.flatMap((p) => Array.from(p)));
  const same = (a, b) => hex(a) === hex(b);
  const sha256 = async (bytes) => new Uint8Array(await subtle.digest("SHA-256", bytes));

  function say(mark, text) {
    const item = document.createElement("li");
    item.className = "verify__" + mark;
    const word = { good: "一致：", bad: "不一致：", open: "没有核对：" }[mark];
    const strong = document.createElement("strong");
    strong.textContent = word;
    item.append(strong, text);
    list.append(item);
  }

  async function get(path) {
    const answer = await fetch(path, { credentials: "omit", cache: "no-store" });
    if (answer.status === 404) throw new Unchecked("网站上没有 " + path + "，可能编号不对，或者这条内容只对本村公开。");
    if (!answer.ok) throw new Unchecked("网站没有给出 " + path + "（" + answer.status + "），请过一会儿再试。");
    return answer;
  }

  // The root of a tree of size leaves in which the leaf hash stands at index
  // (RFC 6962, 2.1.1; the walk is that of RFC 9162, 2.1.3.2).
  async function rootOf(leafHash, index, size, hashes) {
    let at = index, last = size - 1, root = leafHash;
    const node = (left, right) => sha256(join([1], left, right));
    for (const h of hashes) {
      if (last === 0) throw new Differs("证明太长。");
      if (at % 2 === 1 || at === last) {
        root = await node(h, root);
        while (at % 2 === 0 && at !== 0) { at /= 2; last = Math.floor(last / 2); }
      } else {
        root = await node(root, h);
      }
      at = Math.floor(at / 2);
      last = Math.floor(last / 2);
    }
    if (last !== 0) throw new Differs("证明太短。");
    return root;
  }

  // A checkpoint is a signed note: text, an empty line, lines of signatures.
  function readNote(note) {
    const cut = note.indexOf("\n\n");
    if (cut < 0) throw new Differs("检查点的格式不对。");
    const text = note.slice(0, cut + 1);
    const lines = text.split("\n");
    return { text, origin: lines[0], size: Number(lines[1]), root: unbase64(lines[2]), signatures: note.slice(cut + 2).split("\n") };
  }

  async function checkSignature(note, keyLine) {
    const [name, id, ...rest] = keyLine.split("+");
    const key = unbase64(rest.join("+"));
    if (key[0] !== 1 || key.length !== 33) throw new Differs("公钥的格式不对。");
    const expected = (await sha256(join(utf8.encode(name + "\n"), key))).slice(0, 4);
    if (hex(expected) !== id || name !== note.origin) throw new Differs("公钥的编号或名称与检查点不符。");
    let verifier;
    try {
      verifier = await subtle.importKey("raw", key.slice(1), { name: "Ed25519" }, false, ["verify"]);
    } catch {
      throw new Unchecked("这个浏览器不会验证 Ed25519 签名，所以不知道检查点是不是这个公钥签的。换新一点的浏览器再试。");
    }
    for (const line of note.signatures) {
      const parts = line.split(" ");
      if (parts.length !== 3 || parts[0] !== "—" || parts[1] !== name) continue;
      const raw = unbase64(parts[2]);
      if (!same(raw.slice(0, 4), expected)) continue;
      if (await subtle.verify({ name: "Ed25519" }, verifier, raw.slice(4), utf8.encode(note.text))) return;
    }
    throw new Differs("检查点上没有这个公钥的有效签名。");
  }

  // The bytes whose digest the record carries: members in this order, those
  // that are empty left out. Text is escaped as JSON.stringify does, and U+2028
  // and U+2029 besides.
  function canonical(p) {
    const out = { title: p.title, summary: p.summary };
    if (p.body) out.body = p.body;
    const names = Object.keys(p.fields || {}).sort((a, b) => {
      const x = utf8.encode(a), y = utf8.encode(b);
      const i = x.findIndex((v, k) => v !== y[k]);
      return i < 0 ? x.length - y.length : (y[i] === undefined ? 1 : x[i] - y[i]);
    });
    if (names.length > 0) out.fields = "\u0000fields";
    if ((p.lines || []).length > 0) {
      out.lines = p.lines.map((l) => {
        const line = {};
        if (l.date) line.date = l.date;
        if (l.voucher) line.voucher = l.voucher;
        line.summary = l.summary;
        if (l.category) line.category = l.category;
        line.income_fen = l.income_fen || 0;
        line.expense_fen = l.expense_fen || 0;
        if (typeof l.balance_fen === "number") line.balance_fen = l.balance_fen;
        if (l.handler) line.handler = l.handler;
        for (const name of ["reviewer", "project", "contract", "asset", "payee", "image"]) if (l[name]) line[name] = l[name];
        return line;
      });
    }
    if (typeof p.income_fen === "number") out.income_fen = p.income_fen;
    for (const name of ["expense_fen", "opening_fen", "closing_fen"]) if (typeof p[name] === "number") out[name] = p[name];
    if ((p.attachments || []).length > 0) out.media = p.attachments.map((a) => a.id);
    if (p.written_on) out.written_on = p.written_on;
    // An object would put names that are numbers first, so fields are written here.
    const fields = "{" + names.map((n) => JSON.stringify(n) + ":" + JSON.stringify(p.fields[n])).join(",") + "}";
    const text = JSON.stringify(out).replace('"fields":"\\u0000fields"', () => '"fields":' + fields);
    return utf8.encode(text.replace(/\u2028/g, "\\u2028").replace(/\u2029/g, "\\u2029"));
  }

  async function checkContent(p, leaf) {
    if (leaf.id !== p.id || leaf.version !== p.version) throw new Differs("记录说的是另一条公开或另一个版本。");
    if (leaf.kind !== "disclosure.published") {
      const word = { "disclosure.withdrawn": "withdrawn", "disclosure.expired": "expired" }[leaf.kind];
      if (word !== p.state) throw new Differs("记录说已撤回或公示期满，网站显示的却不是。");
      return "记录说这条已撤回或公示期满，网站也这样显示。";
    }
    let bytes = canonical(p);
    if (leaf.committed) {
      if (!p.log || !p.log.salt) throw new Unchecked("这条内容的摘要加了随机数，网站没有给出随机数。");
      bytes = join(unhex(p.log.salt), bytes);
    }
    if (hex(await sha256(bytes)) !== leaf.digest) throw new Differs("现在显示的内容算出的摘要，不是发布时记下的摘要：内容可能被改动过。");
    return "现在显示的第" + p.version + "版内容，和发布时记下的一样。";
  }

  async function checkFiles(p, leaf) {
    const recorded = leaf.attachments || [];
    if (leaf.kind !== "disclosure.published") throw new Unchecked("内容已不公开，附件不再核对。");
    if (p.attachments.length !== recorded.length) throw new Differs("记录里有 " + recorded.length + " 个附件，网站显示 " + p.attachments.length + " 个。");
    let elsewhere = 0;
    for (const a of p.attachments) {
      if (!a.url.startsWith("/")) { elsewhere++; continue; }
      const bytes = await (await get(a.url)).arrayBuffer();
      if (!recorded.includes(hex(await sha256(bytes)))) throw new Differs("附件 " + a.name + " 不是发布时的那一个。");
    }
    if (elsewhere > 0) throw new Unchecked(elsewhere + " 个附件放在别处，这一页不去取。");
    return recorded.length + " 个附件，和发布时的一样。";
  }

  // What this browser saw before: the key, and the newest checkpoint.
  function remembered(name) {
    try { return JSON.parse(localStorage.getItem("cunwu-" + name)); } catch { return null; }
  }
  function remember(name, value) {
    try { localStorage.setItem("cunwu-" + name, JSON.stringify(value)); } catch { /* not allowed: next time is a first time again */ }
  }

  async function step(run) {
    try {
      say("good", await run());
      return true;
    } catch (e) {
      if (e instanceof Differs) say("bad", e.message);
      else if (e instanceof Unchecked) say("open", e.message);
      else say("open", "出了意外（" + e.message + "），请过一会儿再试。");
      return false;
    }
  }

  async function check(id, paper) {
    list.replaceChildren();
    if (!subtle) {
      say("open", "浏览器只在 https 网址上提供核对要用的算法。请用 https 打开本站，或用 cunwu verify 程序核对。");
      return;
    }
    let p, proof, leaf, raw, note, newest, keyLine;
    const got = await step(async () => {
      const path = "/api/v1/disclosures/" + encodeURIComponent(id);
      p = await (await get(path)).json();
      proof = await (await get(path + "/proof")).json();
      newest = readNote(await (await get("/log/checkpoint")).text());
      keyLine = (await (await get("/log/key")).text()).split("\n")[0];
      note = readNote(proof.checkpoint);
      raw = unbase64(proof.leaf);
      leaf = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(raw));
      return "取到了《" + (p.title || p.id) + "》的内容、存证和检查点。";
    });
    if (!got) return;
    await step(() => checkContent(p, leaf));
    await step(() => checkFiles(p, leaf));
    await step(async () => {
      if (note.size !== proof.tree_size) throw new Differs("证明和检查点的大小不同。");
      const leafHash = await sha256(join([0], raw));
      const root = await rootOf(leafHash, proof.index, proof.tree_size, proof.hashes.map(unbase64));
      if (!same(root, note.root)) throw new Differs("这条存证不在检查点签名的记录里。");
      return "存证是第 " + proof.index + " 条，在 " + note.size + " 条的记录里，时间是 " + new Date(leaf.at).toLocaleString("zh-CN", { timeZone: "Asia/Shanghai" }) + "（北京时间）。";
    });
    const signed = await step(async () => {
      await checkSignature(note, keyLine);
      await checkSignature(newest, keyLine);
      return "两个检查点都由公钥 " + keyLine + " 签名。";
    });
    await step(async () => {
      if (newest.size === note.size && !same(newest.root, note.root)) throw new Differs("同样大小的两个检查点不相同。");
      const before = remembered("record");
      if (before && before.key !== keyLine) throw new Differs("公钥和这个浏览器上次记住的不同。如果网站没有公告换钥匙，请向乡镇反映。");
      if (before && before.size > newest.size) throw new Differs("记录变短了：这个浏览器见过 " + before.size + " 条，现在只有 " + newest.size + " 条。");
      if (before && before.size === newest.size && before.root !== hex(newest.root)) throw new Differs("同样多的记录，内容和这个浏览器上次见过的不同。");
      if (!signed) throw new Unchecked("没有记住这次的检查点，因为签名没有核对。");
      remember("record", { key: keyLine, size: newest.size, root: hex(newest.root) });
      if (!before) throw new Unchecked("这个浏览器第一次核对，没有以前的检查点可以比。已经记住这一次的。");
      return "和这个浏览器上次见过的 " + before.size + " 条相比，公钥没有换，记录没有变短。";
    });
    if (paper) {
      await step(async () => {
        const digest = hex(await sha256(raw));
        if (paper.index !== proof.index) throw new Unchecked("纸上说的是第 " + paper.index + " 条，网站现在显示的是第 " + proof.index + " 条：贴出以后更正或撤回过。请看历次版本。");
        if (paper.digest !== digest) throw new Differs("纸上二维码的摘要和网站的存证不同。");
        return "纸上二维码的摘要和网站的存证相同。";
      });
    }
    say("open", "旧记录是否整段被改写（要和以前的检查点比对全部记录），以及公开的内容是否属实。前者可以用 cunwu verify 程序核对，后者要靠大家监督。");
  }

  // An id, or an address such as https://…/d/<id>#log=<index>.<digest>.
  function read(text) {
    const found = /#log=(\d+)\.([0-9a-f]{64})/.exec(text);
    const id = text.trim().replace(/^.*\/d\//, "").replace(/[?#].*$/, "").replace(/\/.*$/, "");
    return { id, paper: found && { index: Number(found[1]), digest: found[2] } };
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const { id, paper } = read(input.value);
    if (id) check(id, paper);
  });
  form.hidden = false;
  const asked = new URLSearchParams(location.search).get("id");
  if (asked) {
    input.value = asked + location.hash;
    const { id, paper } = read(input.value);
    check(id, paper);
  }
})();
