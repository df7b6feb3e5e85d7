import { expect, test } from 'vitest';
import { formatTraceParent, outgoingTraceParent, parseTraceParent } from './trace-parent.ts';

const TRACE = '12345678901234567890123456789012';
const PARENT = '1234567890123456';

test.each([
  ['the plain form', `00-${TRACE}-${PARENT}-01`, true],
  ['the plain form, not sampled', `00-${TRACE}-${PARENT}-00`, false],
  ['unknown flags with the sampled bit', `00-${TRACE}-${PARENT}-ff`, true],
  ['unknown flags without it', `00-${TRACE}-${PARENT}-fe`, false],
  ['a later version', `cc-${TRACE}-${PARENT}-01`, true],
  ['a later version that goes on', `cc-${TRACE}-${PARENT}-01-what-the-future-will-be-like`, true],
])('%s is understood', (_name, text, sampled) => {
  expect(parseTraceParent(text)).toEqual({ traceId: TRACE, parentId: PARENT, sampled });
});

test.each([
  ['an empty text', ''],
  ['this version that goes on', `00-${TRACE}-${PARENT}-01-more`],
  ['this version with a dash at the end', `00-${TRACE}-${PARENT}-01-`],
  ['a later version that goes on without a dash', `cc-${TRACE}-${PARENT}-01.more`],
  ['version ff', `ff-${TRACE}-${PARENT}-01`],
  ['a version that is no hex', `.0-${TRACE}-${PARENT}-01`],
  ['a short version', `0-${TRACE}-${PARENT}-01`],
  ['a long version', `000-${TRACE}-${PARENT}-01`],
  ['a trace id of zeros', `00-${'0'.repeat(32)}-${PARENT}-01`],
  ['a trace id in capitals', `00-${'A'.repeat(32)}-${PARENT}-01`],
  ['a trace id that is no hex', `00-.${TRACE.slice(1)}-${PARENT}-01`],
  ['a short trace id', `00-${TRACE.slice(1)}-${PARENT}-01`],
  ['a long trace id', `00-${TRACE}1-${PARENT}-01`],
  ['a parent id of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
  ['a parent id that is no hex', `00-${TRACE}-.${PARENT.slice(1)}-01`],
  ['a short parent id', `00-${TRACE}-${PARENT.slice(1)}-01`],
  ['a long parent id', `00-${TRACE}-${PARENT}1-01`],
  ['flags that are no hex', `00-${TRACE}-${PARENT}-.0`],
  ['short flags', `00-${TRACE}-${PARENT}-1`],
  ['long flags', `00-${TRACE}-${PARENT}-001`],
  ['no flags', `00-${TRACE}-${PARENT}`],
  ['another separator', `00_${TRACE}_${PARENT}_01`],
  ['space before', ` 00-${TRACE}-${PARENT}-01`],
  ['two in one', `00-${TRACE}-${PARENT}-01,00-${TRACE}-${PARENT}-01`],
])('%s is ignored', (_name, text) => {
  expect(parseTraceParent(text)).toBeUndefined();
});

test('what is written is read back', () => {
  const parts = { traceId: TRACE, parentId: PARENT, sampled: true };
  expect(parseTraceParent(formatTraceParent(parts))).toEqual(parts);
});

test('ids that are no hex begin no trace', () => {
  expect(outgoingTraceParent({ id: 'm-1', correlationId: TRACE })).toBeUndefined();
  expect(outgoingTraceParent({ id: TRACE, correlationId: 'c-1' })).toBeUndefined();
});
