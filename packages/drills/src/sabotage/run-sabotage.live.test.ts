import { readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { commandOf, isRunning, treeOf } from '../process-tree/index.ts';
import { runDrills } from '../runner/index.ts';
import { lampDrills } from './lamp-drills.fixture.ts';
import { runSabotage, type Sabotaged } from './run-sabotage.ts';

const seed = 'dark';
/** The processes of this one in which drills are run. */
const sabotaged = () => treeOf(process.pid).filter((pid) => commandOf(pid).includes('sabotaged-main'));
const usable = ['no-spare', 'spare-explodes', 'nothing-removed', 'cannot-break', 'never-bright'];

describe('sabotage', () => {
  it('has every drill go well before', async () => {
    const { results } = await runDrills([lampDrills], { seed });
    expect(results.map(({ detail }) => detail)).toEqual(Array(6).fill('the spare shines'));
  });

  it('says of each drill whether it fails without its recovery, and changes nothing on disk', async () => {
    const source = readFileSync(new URL('./lamp.fixture.ts', import.meta.url), 'utf8');
    const told: string[] = [];
    const done = await runSabotage([lampDrills], {
      names: usable,
      seed,
      onProgress: ({ drill }, { index, of }) => told.push(`${drill} ${index}/${of}`),
    });
    const states = Object.fromEntries(done.map(({ drill, state }) => [drill, state]));
    expect(states).toEqual({
      'no-spare': 'failed',
      'spare-explodes': 'died',
      'nothing-removed': 'survived',
      'cannot-break': 'not-broken',
      'never-bright': 'not-broken',
    } satisfies Record<string, Sabotaged['state']>);
    const detailOf = (name: string) => done.find(({ drill }) => drill === name)?.detail;
    expect(detailOf('no-spare')).toMatch(/nothing useful came within 100 ms of BULB_BROKEN/);
    expect(detailOf('cannot-break')).toMatch(/it could not be broken: TypeError/);
    expect(detailOf('spare-explodes')).toMatch(/exit code 3/);
    expect(told).toHaveLength(5);
    expect(readFileSync(new URL('./lamp.fixture.ts', import.meta.url), 'utf8')).toBe(source);
  });

  it('refuses before anything runs when the text to be replaced is not there', async () => {
    const all = runSabotage([lampDrills], { seed, onProgress: () => expect.fail('it ran') });
    await expect(all).rejects.toThrow(/sabotage of lamp\/no-such-text .* found 0 times: return 'purple';/);
  });

  it('ends its processes when it is cancelled', async () => {
    const cancel = new AbortController();
    const running = runSabotage([lampDrills], { names: usable, seed, concurrency: 2, signal: cancel.signal });
    const rejected = expect(running).rejects.toThrow('Ctrl-C');
    const children = await vi.waitUntil(() => (sabotaged().length === 2 ? sabotaged() : undefined), {
      timeout: 10_000,
    });
    cancel.abort(new DOMException('Ctrl-C', 'AbortError'));
    await rejected;
    expect(children.filter(isRunning)).toEqual([]);
    expect(sabotaged()).toEqual([]);
  });
});
