import { pipelineName } from '@sluice/pipeline';
import { describe, expect, test } from 'vitest';
import { nameFromTitle } from './name-from-title.ts';

describe('a name made from a title', () => {
  test.each([
    ['Ä very löng', 'a-very-long'],
    ['Straße & Größe', 'strasse-grosse'],
    ['GROẞ', 'gross'],
    ['Café Ǻrø', 'cafe-aro'],
    ['  Order intake (EU)  ', 'order-intake-eu'],
    ['ﬁnal ①', 'final-1'],
    ['注文', ''],
  ])('%s becomes %s', (title, name) => {
    expect(nameFromTitle(title)).toBe(name);
  });

  test('a long title gives a name that is allowed, also where it is cut at a space', () => {
    const name = nameFromTitle(`${'ä'.repeat(63)} and on ${'x'.repeat(120)}`);
    expect(name).toBe('a'.repeat(63));
    expect(pipelineName.safeParse(name).success).toBe(true);
  });
});
