import { once } from 'node:events';
import { childStarted, createSupervisor, kernelFaults, Signals, task } from '@sustain/kernel';
import { type DrillSubject, drill } from '../../drill/index.ts';
import { sourceOf } from '../source-of.ts';
import { escalatingTo, handled } from './handled.ts';

interface Basket {
  readonly items: readonly string[];
}

interface Shop extends DrillSubject {
  /** What a client sends. It is not checked, which is the mistake. */
  update(message: string): void;
}

export const programMistake = drill<Shop>({
  name: 'mistake-in-the-program',
  fault: kernelFaults.UNEXPECTED,
  kind: 'input',
  breaks: 'a client sends what the program does not check: from then on it throws a TypeError at each use',
  recovers: 'it is escalated to the supervisor, which starts the part again with a state of its own',
  notices: 'nothing',
  async subject() {
    const signals = new Signals();
    let basket: Basket = { items: [] };
    const shop = task('drill', async (signal) => {
      basket = { items: ['an apple'] };
      if (!signal.aborted) await once(signal, 'abort');
    });
    const supervisor = createSupervisor({ id: 'shop', children: [shop], signals });
    await supervisor.start();
    const above = escalatingTo('the supervisor', signals, async (fault, { component }) => {
      const { promise: started, resolve } = Promise.withResolvers<void>();
      const stop = signals.on(childStarted, () => resolve());
      const isRestarted = supervisor.restart(component, fault);
      if (isRestarted) await started;
      stop();
      return isRestarted;
    });
    return {
      drillable: true,
      signals,
      update(message) {
        basket = { ...basket, ...JSON.parse(message) };
      },
      async use() {
        const count = await handled(above, () => basket.items.length);
        if (count !== 1) throw new Error(`expected one item, got ${count}`);
        return 'full';
      },
      async close() {
        await supervisor.stop();
      },
    };
  },
  inject: ({ update }) => update('{"items":null}'),
  sabotage: {
    file: sourceOf('packages/kernel/src/recovery/strategies/escalate.ts'),
    replace: '(await options.take(fault, context, signal)) === true',
    by: 'false',
  },
});
