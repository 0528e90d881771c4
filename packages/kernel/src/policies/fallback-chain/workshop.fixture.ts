import { Signals } from '../../signals/index.ts';
import { SimulatedClock, seededRandom } from '../../time/index.ts';
import { type ChainSource, chainStepped, type FallbackChainOptions, fallbackChain } from '../index.ts';

export const caught = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

/** A chain of sources that answer their name, or fail while they are down. */
export function workshop(
  names: readonly string[],
  options: Partial<FallbackChainOptions<string, string>> = {},
  extra: Readonly<Record<string, Partial<ChainSource<string, string>>>> = {},
) {
  const clock = new SimulatedClock();
  const signals = new Signals({ clock });
  const down = new Set<string>();
  const calls: string[] = [];
  const chain = fallbackChain<string, string>({
    name: 'tts',
    clock,
    signals,
    random: seededRandom('chain'),
    sources: names.map((name) => ({
      name,
      run: async () => {
        calls.push(name);
        if (down.has(name)) throw new Error(`${name} is down`);
        return name;
      },
      ...extra[name],
    })),
    ...options,
  });
  const heard: unknown[] = [];
  signals.on(chainStepped, ({ data: { from, to, reason } }) => heard.push(`${from} → ${to}: ${reason}`));
  return { clock, signals, down, calls, chain, heard };
}
