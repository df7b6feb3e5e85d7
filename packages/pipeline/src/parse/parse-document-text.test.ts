import { describe, expect, test } from 'vitest';
import { parseDocumentText, type Syntax } from './parse-document-text.ts';
import { STRUCTURE_BOUNDS } from './structure-bounds.ts';

const HEAD = 'format: sluice/v1\nname: orders\n';

/** `line:column message` of each finding. */
function findingsOf(text: string, syntax?: Syntax): readonly string[] {
  const parsed = parseDocumentText(text, syntax === undefined ? {} : { syntax });
  return parsed.ok ? [] : parsed.findings.map(({ at, message }) => `${at?.line}:${at?.column} ${message}`);
}

describe('a text is read', () => {
  const document = { format: 'sluice/v1', name: 'orders', nodes: [{ id: 'in', type: 'webhook' }], wires: [] };

  test('as JSON when it starts with a brace', () => {
    expect(parseDocumentText(`\n ${JSON.stringify(document)}`)).toEqual({ ok: true, document });
  });

  test('as YAML otherwise', () => {
    expect(parseDocumentText(`# orders\n${HEAD}nodes:\n  - { id: in, type: webhook }\nwires: []\n`)).toEqual({
      ok: true,
      document,
    });
  });

  test('as the syntax that is named', () => {
    expect(
      parseDocumentText('{format: sluice/v1, name: orders, nodes: [{id: in, type: webhook}], wires: []}', {
        syntax: 'yaml',
      }),
    ).toEqual({ ok: true, document });
    expect(findingsOf('format: sluice/v1', 'json')).toEqual([
      '1:1 The JSON cannot be read at line 1, column 1: `format` is not a value: put text in double quotes.',
    ]);
  });

  test('past a byte order mark and with Windows line ends', () => {
    expect(
      parseDocumentText(`\uFEFF${HEAD}nodes:\n  - { id: in, type: webhook }\nwires: []\n`.replaceAll('\n', '\r\n')),
    ).toEqual({ ok: true, document });
  });

  test('with YAML aliases resolved', () => {
    const parsed = parseDocumentText(
      `${HEAD}nodes:\n  - { id: a, type: log, work: &work { workers: 2 } }\n  - { id: b, type: log, work: *work }\nwires: []\n`,
    );
    expect(parsed.ok && parsed.document.nodes.map((node) => node.work)).toEqual([{ workers: 2 }, { workers: 2 }]);
  });
});

describe('findings point into the text', () => {
  test('at the name of an unknown field, in JSON', () => {
    const text =
      '{\n  "format": "sluice/v1",\n  "name": "a",\n  "nodes": [\n    { "id": "in", "type": "log",\n      "work": { "retries": 3 } }\n  ],\n  "wires": []\n}';
    expect(findingsOf(text)).toEqual(['6:17 `nodes[0].work.retries` is not a field of work. Did you mean `retry`?']);
  });

  test('at the name of an unknown field, in YAML', () => {
    expect(findingsOf(`${HEAD}nodes:\n  - id: in\n    type: log\n    work:\n      retries: 3\nwires: []\n`)).toEqual([
      '7:7 `nodes[0].work.retries` is not a field of work. Did you mean `retry`?',
    ]);
  });

  test('at what lacks a field, through aliases', () => {
    expect(
      findingsOf(
        `${HEAD}nodes:\n  - { id: a, type: log, work: &w { timeout: 5 } }\n  - { id: b, work: *w }\nwires: []\n`,
      ),
    ).toEqual([
      '4:36 `nodes[0].work.timeout` is not a duration such as 200ms, 5s, 5m, 2h or 3d.',
      '5:5 `nodes[1].type` is missing.',
      '4:36 `nodes[1].work.timeout` is not a duration such as 200ms, 5s, 5m, 2h or 3d.',
    ]);
  });

  test('at list entries and through names with slashes and tildes', () => {
    expect(findingsOf('{"format":"sluice/v1","name":"a","nodes":[],"wires":[],\n"layout":{"a~/b":[1,2]}}')).toEqual([
      '2:11 `layout["a~/b"]` has a name that is not allowed: it must start with a letter and hold only letters, digits, - and _.',
    ]);
  });
});

const BROKEN: readonly (readonly [text: string, message: string])[] = [
  ['', '1:1 The text is empty: there is no document in it.'],
  ['  \n', '1:1 The text is empty: there is no document in it.'],
  ['{"a": 1,}', '1:9 The JSON cannot be read at line 1, column 9: a comma stands before the closing }: remove it.'],
  ['{"a": [1,]}', '1:10 The JSON cannot be read at line 1, column 10: a comma stands before the closing ]: remove it.'],
  ['{a: 1}', '1:2 The JSON cannot be read at line 1, column 2: a field name in double quotes is expected, not `a`.'],
  ["{'a': 1}", "1:2 The JSON cannot be read at line 1, column 2: a field name in double quotes is expected, not `'`."],
  ['{"a" 1}', '1:6 The JSON cannot be read at line 1, column 6: a colon is expected after the field name, not `1`.'],
  ['{"a": yes}', '1:7 The JSON cannot be read at line 1, column 7: `yes` is not a value: put text in double quotes.'],
  ['{"a": 01}', '1:8 The JSON cannot be read at line 1, column 8: a comma or the closing } is expected, not `1`.'],
  [
    '{"a": 1',
    '1:8 The JSON cannot be read at line 1, column 8: a comma or the closing } is expected, not the end of the text.',
  ],
  ['{"a": "b\n"}', '1:7 The JSON cannot be read at line 1, column 7: text has no closing double quote on its line.'],
  ['{"a": "b', '1:7 The JSON cannot be read at line 1, column 7: text has no closing double quote.'],
  [
    '{"a": "\\q"}',
    '1:8 The JSON cannot be read at line 1, column 8: a backslash must be followed by one of " \\ / b f n r t u.',
  ],
  [
    '{"a": "\t"}',
    '1:8 The JSON cannot be read at line 1, column 8: a control character stands in a text: write it as \\u00...',
  ],
  [
    '{ // note\n}',
    '1:3 The JSON cannot be read at line 1, column 3: a field name in double quotes is expected, not a comment: JSON has none.',
  ],
  ['{} {}', '1:4 The JSON cannot be read at line 1, column 4: there is more text after the end of the document: `{`.'],
  [
    '{"a": 1,\n "a": 2}',
    '2:2 The JSON cannot be read at line 2, column 2: the field "a" is written twice in one object.',
  ],
  ['a: 1\na: 2', '2:1 The YAML cannot be read at line 2, column 1: a field is written twice in one object.'],
  ['a:\n\tb: 1', '2:1 The YAML cannot be read at line 2, column 1: tabs are not allowed as indentation.'],
  [
    'a: [1',
    '1:6 The YAML cannot be read at line 1, column 6: flow sequence in block collection must be sufficiently indented and end with a ].',
  ],
  ['a: "b', '1:6 The YAML cannot be read at line 1, column 6: missing closing "quote.'],
  ['a: 1\n---\nb: 1', '2:1 The YAML cannot be read at line 2, column 1: the text holds more than one YAML document.'],
  [
    'a: !!js/function "x"',
    '1:4 The YAML cannot be read at line 1, column 4: tags are not allowed: tag:yaml.org,2002:js/function.',
  ],
  [
    'a: !!binary aGk=',
    '1:4 The YAML cannot be read at line 1, column 4: tags are not allowed: tag:yaml.org,2002:binary.',
  ],
  ['a: !secret x', '1:4 The YAML cannot be read at line 1, column 4: tags are not allowed: !secret.'],
  ['? [a]\n: 1', '1:3 The YAML cannot be read at line 1, column 3: a field name must be text.'],
  [
    'a: *b',
    '1:4 The YAML cannot be read at line 1, column 4: *b refers to an anchor (&b) that does not stand before it.',
  ],
];

describe('a broken text is answered with its place and its fault', () => {
  test.each(BROKEN)('%j', (text, message) => {
    expect(findingsOf(text)).toEqual([message]);
  });
});

describe('hostile texts are refused at little cost', () => {
  const codes = (text: string): readonly string[] => {
    const parsed = parseDocumentText(text);
    return parsed.ok ? [] : parsed.findings.map((finding) => finding.code);
  };
  const doublings = Array.from(
    'bcdefghijk',
    (name, index) => `${name}: &${name} [${Array.from({ length: 9 }, () => `*${'abcdefghijk'[index]}`).join(', ')}]`,
  );

  test.each([
    ['JSON nested too deeply', '['.repeat(100_000), ['too-deep']],
    ['YAML flow nested too deeply', `a: ${'['.repeat(100_000)}`, ['too-deep']],
    [
      'YAML blocks nested too deeply',
      Array.from({ length: 200 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'),
      ['too-deep'],
    ],
    ['YAML lists on one line', `${'- '.repeat(100_000)}a`, ['too-deep']],
    ['aliases that double', `a: &a [x, x]\n${doublings.join('\n')}`, ['too-large']],
    ['aliases without number', `a: &a 1\nb: [${'*a, '.repeat(STRUCTURE_BOUNDS.aliases + 1)}1]`, ['too-large']],
    ['an alias inside its own anchor', 'a: &a [*a]', ['too-deep']],
    ['a long JSON text', `"${'a'.repeat(STRUCTURE_BOUNDS.textLength)}"`, ['too-large']],
    ['a long YAML text', `a: ${'a'.repeat(STRUCTURE_BOUNDS.yamlLength)}`, ['too-large']],
    ['the prototype, in JSON', '{"format": "sluice/v1", "__proto__": {"polluted": true}}', ['forbidden-field']],
    ['the prototype, in YAML', 'format: sluice/v1\n__proto__: { polluted: true }', ['forbidden-field']],
    [
      'the constructor',
      'format: sluice/v1\nnodes: [{ config: { constructor: { prototype: { polluted: true } } } }]',
      ['forbidden-field'],
    ],
  ])('%s', (_title, text, expected) => {
    expect(codes(text)).toEqual(expected);
    expect(({} as { readonly polluted?: boolean }).polluted).toBeUndefined();
  });

  test('a document that is wrong throughout is answered with the first findings and a count', () => {
    const nodes = Array.from({ length: 500 }, (_, index) => ({ id: `n${index}` }));
    const found = findingsOf(JSON.stringify({ format: 'sluice/v1', name: 'a', nodes, wires: [] }));
    expect(found).toHaveLength(STRUCTURE_BOUNDS.findings + 1);
    expect(found.at(-1)).toBe('1:1 400 more things are wrong. Put these right first.');
  });
});
