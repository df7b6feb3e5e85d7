import { describe, expect, it } from 'vitest';
import { createCallLine } from './call-line.ts';

function aLine(spoken: string) {
  const line = createCallLine<{ readonly name: string }>();
  const places = spoken
    .split(' ')
    .filter((text) => text !== '')
    .map((text) => {
      const [name = '', priority = '4'] = text.split(':');
      const place = { name };
      line.join(place, Number(priority));
      return place;
    });
  const drain = (): string => {
    const names: string[] = [];
    for (let next = line.next(); next !== undefined; next = line.next()) names.push(next.name);
    return names.join(' ');
  };
  return { line, places, drain };
}

describe('C11 call line', () => {
  it('is first come, first served within a priority', () => {
    expect(aLine('a b c').drain()).toBe('a b c');
  });

  it('lets a higher priority go first', () => {
    expect(aLine('a:1 b:9 c:4 d:9 e:0').drain()).toBe('b d c a e');
  });

  it('lets the one that has waited longest go at every eighth turn', () => {
    const { drain } = aLine(`old:0 ${Array.from({ length: 9 }, (_, n) => `new${n}:9`).join(' ')}`);
    expect(drain()).toBe('new0 new1 new2 new3 new4 new5 new6 old new7 new8');
  });

  it('knows who makes way: of the lowest priority the one that came first', () => {
    const { line, places } = aLine('a:5 b:2 c:2 d:7');
    expect(line.last()).toEqual({ place: places[1], priority: 2 });
  });

  it('forgets who leaves, once and for all', () => {
    const { line, places, drain } = aLine('a b c');
    const [, second] = places;
    if (second === undefined) throw new Error('nobody there');
    line.leave(second);
    line.leave(second);
    expect([line.size(), line.oldest()]).toEqual([2, places[0]]);
    expect(drain()).toBe('a c');
    expect([line.size(), line.oldest(), line.last(), line.next()]).toEqual([0, undefined, undefined, undefined]);
  });
});
