import { describe, expect, test } from 'vitest';
import type { Json } from '../message.ts';
import type { CoordinatedStep } from '../ports/node-behaviour.ts';
import { beginRun, nextStage, readRun, stepDone, turnRound, undone, type RunState } from './run-state.ts';

const charge = { port: 'charge', undoPort: 'undo-charge', together: false };
const reserve = { port: 'reserve', undoPort: 'undo-reserve', together: false };
const label = { port: 'label', together: true };
const ship = { port: 'ship', together: false };
const steps = [charge, reserve, label, ship];

function after(state: RunState, step: CoordinatedStep, answer: Json = null, attempt = 1): RunState {
  return stepDone({ steps, state, step, answer, attempt });
}

describe('the next stage', () => {
  test('is the first step', () => {
    expect(nextStage(steps, beginRun(1))).toEqual([charge]);
  });

  test('holds the steps that go together', () => {
    expect(nextStage(steps, after(beginRun(1), charge))).toEqual([reserve, label]);
  });

  test('leaves out what is done, whichever of them it is', () => {
    const state = after(beginRun(1), charge);
    expect(nextStage(steps, after(state, reserve, 1))).toEqual([label]);
    expect(nextStage(steps, after(state, label, 1))).toEqual([reserve]);
  });

  test('is empty when all is done', () => {
    expect(
      nextStage(
        steps,
        steps.reduce((state, step) => after(state, step, true), beginRun(1)),
      ),
    ).toEqual([]);
  });

  test('a step named like what every object has is not taken for done', () => {
    const odd = [
      { port: 'valueof', together: false },
      { port: 'constructor', together: false },
    ];
    expect(nextStage(odd, { ...beginRun(1), results: { valueof: 1 } })).toEqual([odd[1]]);
  });
});

test('the tries of a stage count from its first', () => {
  const charged = after(beginRun(1), charge, 'ok', 3);
  expect(charged.stageSince).toBe(3);
  const reserved = after(charged, reserve, 'ok', 4);
  expect(reserved.stageSince).toBe(3);
  expect(after(reserved, label, 'ok', 5).stageSince).toBe(5);
});

describe('turning round', () => {
  const failed = { step: 'ship', code: 'target-status', message: 'answered 422' };
  const state = [charge, reserve, label].reduce((before, step) => after(before, step, 'ok'), beginRun(1));

  test('undoes in reverse what was done and can be undone', () => {
    expect(turnRound({ steps, state, failed, inDoubt: new Set(), attempt: 3 })).toMatchObject({
      phase: 'undo',
      failed,
      toUndo: ['undo-reserve', 'undo-charge'],
      stageSince: 3,
    });
  });

  test('undoes a step, too, of which nobody knows whether it had its effect', () => {
    const early = after(beginRun(1), charge, 'ok');
    const turned = turnRound({ steps, state: early, failed, inDoubt: new Set(['reserve']), attempt: 1 });
    expect(turned.toUndo).toEqual(['undo-reserve', 'undo-charge']);
  });

  test('goes on compensation by compensation', () => {
    const turned = turnRound({ steps, state, failed, inDoubt: new Set(), attempt: 1 });
    expect(undone(turned, 2)).toMatchObject({ toUndo: ['undo-charge'], stageSince: 2 });
  });
});

describe('what the store kept', () => {
  test('is gone on with', () => {
    const kept = JSON.parse(JSON.stringify(after(beginRun(2), charge, { id: 7 })));
    expect(readRun(kept, 3)).toEqual(after(beginRun(2), charge, { id: 7 }));
  });

  test('counts anew for a message that was redriven', () => {
    expect(readRun(JSON.parse(JSON.stringify(beginRun(8))), 1).stageSince).toBe(1);
  });

  test('is a new run where there is nothing, or nothing that is understood', () => {
    expect(readRun(undefined, 1)).toEqual(beginRun(1));
    expect(readRun('odd', 4)).toEqual(beginRun(4));
  });
});
