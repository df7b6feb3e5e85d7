import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseAst } from 'rolldown/parseAst';
import { expect, test } from 'vitest';
import { root } from './workspace.mjs';

// The rules of the engine are numbered, and tests name the ones they prove at the beginning of their titles. Here both lists
// are held against each other: a rule that nobody proves and a title that proves an unknown rule are found.

const SPECIFICATION = 'docs/engine-spec.md';
const RULE = /^[A-Z][0-9]{1,2}$/;
/** `C4 C5 `, `S4, S10: `, `S1 to S10: `, and what comes behind them. */
const LEADING_RULES = /^(?:[A-Z][0-9]{1,2}(?: to (?=[A-Z][0-9])|,? |: |$))+/;

/** @typedef {{ rule: string, file: string, title: string }} Mention */

const known = rulesOf(readFileSync(path.join(root, SPECIFICATION), 'utf8'));
const mentions = filesOfTests().flatMap(mentionsIn);

test('the specification numbers its rules, each once', () => {
  expect(known.length).toBeGreaterThan(0);
  expect(known.filter((rule, index) => known.indexOf(rule) !== index)).toEqual([]);
});

test('every rule is in the title of a test that proves it', () => {
  const proven = new Set(mentions.map(({ rule }) => rule));
  expect(known.filter((rule) => !proven.has(rule))).toEqual([]);
});

test('no title names a rule that the specification does not have', () => {
  const unknown = mentions.filter(({ rule }) => !known.includes(rule));
  expect(unknown.map(({ rule, file, title }) => `${rule} in ${file}: ${title}`)).toEqual([]);
});

test.for([
  ["test('C1 kept', () => {})", ['C1']],
  ["it.skipIf(true)('C4 C5 never more', () => {})", ['C4', 'C5']],
  ["describe.each([])('S4, S10: due', () => {})", ['S4', 'S10']],
  ["it('S1 to S3: as its model', () => {})", ['S1', 'S2', 'S3']],
  ['it(`U1`, () => {})', ['U1']],
  ["it(`C6 R-12 ${'down'}`, () => {})", ['C6']],
  ["it('keeps C1', () => { send('C2 x'); })", []],
  ["const one: Scenario = { title: 'poison', rules: ['C6', 'U7'] }", ['C6', 'U7']],
])('in %s the rules are found', ([text, rules]) => {
  expect(mentionsInText(String(text), 'some.test.ts').map(({ rule }) => rule)).toEqual(rules);
});

test('a rule is found by its line in the specification', () => {
  expect(rulesOf('- **C1** Kept.\n  more of **C2**\n- **Note** none\n- **U1** Begun.')).toEqual(['C1', 'U1']);
});

/**
 * @param {string} text
 * @returns {string[]}
 */
function rulesOf(text) {
  return [...text.matchAll(/^- \*\*([A-Z][0-9]{1,2})\*\* /gm)].map(([, rule = '']) => rule);
}

/** Tests, the contracts that stores are held to, and the scenarios of the fault suite, whose tests are named by their rules. */
function filesOfTests() {
  return globSync(
    [
      '{apps,packages}/*/src/**/*.test.{ts,tsx}',
      'packages/*/src/contracts/**/*.ts',
      'packages/faults/src/scenarios/*.ts',
      'e2e/*.spec.ts',
      'scripts/*.test.mjs',
    ],
    { cwd: root },
  )
    .map((file) => file.split(path.sep).join('/'))
    .sort();
}

/** @param {string} file */
function mentionsIn(file) {
  return mentionsInText(readFileSync(path.join(root, file), 'utf8'), file);
}

/**
 * @param {string} text
 * @param {string} file
 * @returns {Mention[]}
 */
function mentionsInText(text, file) {
  /** @type {Mention[]} */
  const found = [];
  const lang = file.endsWith('.tsx') ? 'tsx' : file.endsWith('.mjs') ? 'js' : 'ts';
  visit(parseAst(text, { lang }, file), (node) => {
    if (node['type'] === 'CallExpression' && isTest(node['callee'])) {
      const title = beginningOf(node['arguments']?.[0]);
      for (const rule of leadingRules(title)) found.push({ rule, file, title });
    }
    if (node['type'] === 'ObjectExpression') {
      const title = beginningOf(valueOf(node, 'title'));
      for (const element of valueOf(node, 'rules')?.elements ?? []) {
        const rule = beginningOf(element);
        if (RULE.test(rule)) found.push({ rule, file, title });
      }
    }
  });
  return found;
}

/**
 * @param {string} title
 * @returns {string[]}
 */
function leadingRules(title) {
  const [leading = ''] = LEADING_RULES.exec(title) ?? [];
  const range = /^([A-Z])([0-9]+) to \1([0-9]+)/.exec(leading);
  if (range === null) return leading.match(/[A-Z][0-9]+/g) ?? [];
  const [, letter = '', first = '', last = ''] = range;
  return Array.from({ length: Number(last) - Number(first) + 1 }, (_, index) => `${letter}${Number(first) + index}`);
}

/**
 * `it`, `test.skipIf(x)`, `describe.each(table)` and the like.
 * @param {any} callee
 * @returns {boolean}
 */
function isTest(callee) {
  if (callee.type === 'Identifier') return ['describe', 'it', 'test'].includes(callee.name);
  if (callee.type === 'MemberExpression') return isTest(callee.object);
  if (callee.type === 'CallExpression') return isTest(callee.callee);
  if (callee.type === 'TaggedTemplateExpression') return isTest(callee.tag);
  return false;
}

/**
 * A text, or what a template has before its first value.
 * @param {any} node
 * @returns {string}
 */
function beginningOf(node) {
  if (node?.type === 'Literal' && typeof node.value === 'string') return node.value;
  if (node?.type === 'TemplateLiteral') return node.quasis[0].value.cooked;
  return '';
}

/**
 * @param {any} object
 * @param {string} name
 * @returns {any}
 */
function valueOf(object, name) {
  return object.properties.find((/** @type {any} */ property) => property.key?.name === name)?.value;
}

/**
 * @param {any} node
 * @param {(node: Record<string, any>) => void} see
 */
function visit(node, see) {
  if (node === null || typeof node !== 'object') return;
  if (typeof node.type === 'string') see(node);
  for (const part of Object.values(node)) visit(part, see);
}
