// Loaded into Node processes before their main module, by `misbehaving`. It imports no package: it delays every start.
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { type MisbehaviourOrder, ORDERS_VARIABLE } from './misbehaviour.ts';

type Write = typeof process.stdout.write;

/** What a stream and a message channel have in common. */
interface Mouth {
  say(): boolean;
  /** Undefined for what is said as a whole. */
  readonly sayHalf?: () => boolean;
  babble(): void;
  keepSilent(): boolean;
}

const orders = JSON.parse(process.env[ORDERS_VARIABLE] ?? '[]') as readonly MisbehaviourOrder[];
if (isMainThread) for (const order of orders) if (isMeant(order)) obey(order);

function isMeant({ module, folder, times }: MisbehaviourOrder): boolean {
  if (module !== null && !new RegExp(...module).test(process.argv[1] ?? '')) return false;
  return times === null ? existsSync(folder) : isItsTurn(folder, times);
}

/** Processes of the same moment each take a file of their own. */
function isItsTurn(folder: string, times: number): boolean {
  for (let turn = 1; turn <= times; turn++) {
    try {
      closeSync(openSync(join(folder, `${turn}`), 'wx'));
      return true;
    } catch {
      // taken, or the drill is over and the folder gone
    }
  }
  return false;
}

function obey(order: MisbehaviourOrder): void {
  const { misbehaviour, afterOutputs } = order;
  const act = actOf(order);
  let outputs = 0;
  let wasCut = false;
  if (afterOutputs === 0) act?.();
  hear(
    (mouth) => {
      const isTime = outputs++ >= afterOutputs;
      if (isTime && misbehaviour.does === 'fall-silent') return mouth.keepSilent();
      if (isTime && misbehaviour.does === 'babble') mouth.babble();
      if (isTime && misbehaviour.does === 'cut-line' && !wasCut && mouth.sayHalf) {
        wasCut = true;
        return mouth.sayHalf();
      }
      const said = mouth.say();
      if (outputs === afterOutputs) setImmediate(() => act?.()); // when it is truly out
      return said;
    },
    Buffer.from(order.garbage, 'base64'),
  );
}

/** What is done at once; undefined when only what it says changes. */
function actOf({ misbehaviour }: MisbehaviourOrder): (() => void) | undefined {
  switch (misbehaviour.does) {
    case 'exit':
      return () => process.exit(misbehaviour.code);
    case 'die':
      return () => process.kill(process.pid, misbehaviour.signal);
    case 'throw':
      return () => {
        throw new Error(misbehaviour.message);
      };
    case 'hang':
      return () => {
        for (;;);
      };
    case 'use-up-memory':
      return () => {
        const kept: object[] = [];
        for (;;) kept.push(new Array(1000).fill(kept.length));
      };
    case 'ignore':
      return () => ignore(misbehaviour.signal);
    default:
      return undefined;
  }
}

function hear(output: (mouth: Mouth) => boolean, garbage: Buffer): void {
  const write = process.stdout.write.bind(process.stdout) as (...args: unknown[]) => boolean;
  process.stdout.write = ((...args: unknown[]) => {
    const [chunk] = args as [string | Uint8Array];
    return output({
      say: () => write(...args),
      sayHalf: () => write(chunk.slice(0, Math.floor(chunk.length / 2)), ...args.slice(1)),
      babble: () => write(Buffer.concat([garbage, Buffer.from('\n')])),
      keepSilent: () => callLast(args),
    });
  }) as Write;
  if (process.send === undefined) return;
  const send = process.send.bind(process) as (...args: unknown[]) => boolean;
  const senseless = [garbage.toString('latin1'), garbage.length, {}, [garbage.toString('hex')]];
  let said = 0;
  process.send = ((...args: unknown[]) =>
    output({
      say: () => send(...args),
      babble: () => send(senseless[said++ % senseless.length]),
      keepSilent: () => callLast(args),
    })) as typeof process.send;
}

/** Who waits until it is said shall believe that it was. */
function callLast(args: readonly unknown[]): boolean {
  const done = args.at(-1);
  if (typeof done === 'function') setImmediate(() => done(null));
  return true;
}

function ignore(signal: NodeJS.Signals): void {
  const emit = process.emit.bind(process) as (...args: unknown[]) => boolean;
  process.emit = ((...args: unknown[]) => (args[0] === signal ? true : emit(...args))) as typeof process.emit;
  process.on(signal, () => undefined); // else the system ends it; Node takes `emit` as it is by now
}
