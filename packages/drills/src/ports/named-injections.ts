import type { Injection } from '../injection/index.ts';

/**
 * Injections by name, as tests and drills ask for them: `const injectError = namedInjections({ llm_timeout: () =>
 * inject(llm, { complete: { effect: hangs() } }) })`, then `injectError('llm_timeout')`. Each is started when it is asked
 * for, and ends as every injection does. A name that is not there is a TypeError that lists those that are.
 */
export function namedInjections<const Starts extends Readonly<Record<string, () => Injection>>>(
  starts: Starts,
): <Name extends keyof Starts & string>(name: Name) => ReturnType<Starts[Name]> {
  return (name) => {
    const start = Object.hasOwn(starts, name) ? starts[name] : undefined;
    if (!start)
      throw new TypeError(`no injection is named ${name}; there are: ${Object.keys(starts).join(', ')}`);
    return start() as ReturnType<Starts[typeof name]>;
  };
}
