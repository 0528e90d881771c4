import { expect, it } from 'vitest';
import { placeOf } from './job-index.ts';
import { begun, completed, dead, delayed, newRecord } from './job-record.ts';

const error = { message: 'much' } as never;
const operation = { id: 'o', name: 'much' };
const waiting = newRecord({ id: 'a', data: 'much', priority: 1, delayMs: 0, operation, nowWallMs: 5 });

it.each([
  [waiting, { state: 'waiting' }],
  [begun(waiting, 6), { state: 'running' }],
  [delayed(waiting, error, 7), { state: 'delayed', dueWallMs: 7 }],
  [completed(waiting, 'much', 8), { state: 'completed', endedWallMs: 8 }],
  [dead(waiting, error, 9), { state: 'dead', endedWallMs: 9 }],
])('loading a queue keeps nothing of what is in its jobs: $state', (record, place) => {
  expect(placeOf(record)).toEqual({ id: 'a', priority: 1, ...place });
});
