import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { type Random, systemRandom } from '@sustain/kernel';
import { type Injection, startInjection } from '../injection/index.ts';
import { type Misbehaviour, type MisbehaviourOrder, ORDERS_VARIABLE } from './misbehaviour.ts';
import type { BreakOptions } from './paused.ts';

export interface MisbehavingOptions extends BreakOptions {
  /** Which: those whose main module's path matches. Default all. */
  readonly module?: RegExp | undefined;
  /** How many writes to stdout and messages to its parent go well before. Default 0: before its main module runs. */
  readonly afterOutputs?: number | undefined;
  /** How many processes, the first to be started. Default all that are started until it ends. */
  readonly times?: number | undefined;
  /** Of what is babbled. */
  readonly random?: Random | undefined;
}

/**
 * The Node processes that this one starts from now on, and those that they start, misbehave until it ends: it is in the
 * environment that they inherit (NODE_OPTIONS), so that the code that starts them does not know. It is decided at the
 * start of each: those that run already go on, and what is to misbehave does so also after this has ended. `use-up-memory` gives all of them the small heap.
 */
export function misbehaving(misbehaviour: Misbehaviour, options: MisbehavingOptions = {}): Injection {
  const { module, afterOutputs = 0, times = Number.POSITIVE_INFINITY, random = systemRandom } = options;
  checkNumbers(misbehaviour, afterOutputs, times);
  const folder = mkdtempSync(join(tmpdir(), 'sustain-misbehaving-'));
  const order: MisbehaviourOrder = {
    misbehaviour,
    module: module === undefined ? null : [module.source, module.flags],
    afterOutputs,
    folder,
    times: Number.isFinite(times) ? times : null,
    garbage: Buffer.from(Array.from({ length: 48 }, () => Math.floor(random.next() * 256))).toString(
      'base64',
    ),
  };
  const injection = startInjection({
    ...options,
    what: `${describe(misbehaviour)} in ${module === undefined ? 'every Node process' : module}`,
    undo: () => {
      active.delete(order);
      applyOrders();
      rmSync(folder, { recursive: true, force: true });
    },
    ifDead: [{ undo: 'remove', path: folder }],
  });
  active.add(order);
  applyOrders();
  return injection;
}

const active = new Set<MisbehaviourOrder>();
let original: { readonly nodeOptions: string | undefined } | undefined;

function applyOrders(): void {
  original ??= { nodeOptions: process.env['NODE_OPTIONS'] };
  if (active.size === 0) {
    set('NODE_OPTIONS', original.nodeOptions);
    set(ORDERS_VARIABLE, undefined);
    original = undefined;
    return;
  }
  const heapsMb = [...active].flatMap(({ misbehaviour: of }) =>
    of.does === 'use-up-memory' ? [of.heapMb] : [],
  );
  const preload = new URL(`./misbehave${extname(import.meta.url)}`, import.meta.url).href;
  const nodeOptions = [
    ...(original.nodeOptions === undefined ? [] : [original.nodeOptions]),
    `--import=${preload}`,
    ...(heapsMb.length > 0 ? [`--max-old-space-size=${Math.min(...heapsMb)}`] : []),
  ];
  set('NODE_OPTIONS', nodeOptions.join(' '));
  set(ORDERS_VARIABLE, JSON.stringify([...active]));
}

function set(variable: string, value: string | undefined): void {
  if (value === undefined) delete process.env[variable];
  else process.env[variable] = value;
}

function describe(misbehaviour: Misbehaviour): string {
  const { does, ...rest } = misbehaviour;
  return [does, ...Object.values(rest)].join(' ');
}

function checkNumbers(misbehaviour: Misbehaviour, afterOutputs: number, times: number): void {
  if (!(Number.isInteger(afterOutputs) && afterOutputs >= 0)) {
    throw new RangeError(`afterOutputs must be a whole number, 0 or more; got ${afterOutputs}`);
  }
  if (!(times >= 1 && (Number.isInteger(times) || times === Number.POSITIVE_INFINITY))) {
    throw new RangeError(`times must be a whole number, 1 or more; got ${times}`);
  }
  if (misbehaviour.does === 'use-up-memory' && !(misbehaviour.heapMb >= 16 && misbehaviour.heapMb <= 1024)) {
    throw new RangeError(`heapMb must be 16 to 1024; got ${misbehaviour.heapMb}`);
  }
  if (misbehaviour.does === 'exit' && !(misbehaviour.code >= 0 && misbehaviour.code <= 255)) {
    throw new RangeError(`an exit code is 0 to 255; got ${misbehaviour.code}`);
  }
}
