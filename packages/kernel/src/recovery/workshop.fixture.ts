import { defineFaults, type Fault, fault, type Severity, severity } from '../faults/index.ts';
import { Signals } from '../signals/index.ts';
import { SimulatedClock, seededRandom } from '../time/index.ts';
import { ErrorHandler } from './error-handler.ts';
import type { ErrorHandlerOptions } from './error-handler-options.ts';
import type { RecoveryResult, RecoveryStrategy } from './recovery-strategy.ts';

export const declare = (level: Severity, recovery = 'mend') =>
  fault<{ attempt?: number }>({
    category: 'test',
    severity: level,
    recovery,
    message: ({ attempt = 0 }) => `broke at attempt ${attempt}`,
    userMessage: 'Something is amiss.',
  });
export const faults = defineFaults('test', {
  DETAIL: declare(severity.DEBUG),
  NOTE: declare(severity.INFO),
  HICCUP: declare(severity.WARNING),
  BROKE: declare(severity.ERROR),
  COLLAPSED: declare(severity.CRITICAL),
  ORPHANED: declare(severity.ERROR, 'nobody_knows'),
  HARMLESS: declare(severity.ERROR, 'none'),
});

export const mended: RecoveryResult = { success: true, fallbackUsed: false, message: 'mended' };
export const inVain: RecoveryResult = { success: false, fallbackUsed: false, message: 'it cannot be mended' };

/** A handler whose strategy `mend` is `recover`, and all that it says. */
export function workshop(
  recover: RecoveryStrategy['recover'] = () => mended,
  options: Omit<ErrorHandlerOptions, 'strategies'> & { strategies?: readonly RecoveryStrategy[] } = {},
) {
  const clock = new SimulatedClock();
  const signals = new Signals({ clock });
  const calls: Fault[] = [];
  const mend: RecoveryStrategy = {
    name: 'mend',
    recover(...asked) {
      calls.push(asked[0]);
      return recover(...asked);
    },
  };
  const handler = new ErrorHandler({
    random: seededRandom(1),
    ...options,
    strategies: [mend, ...(options.strategies ?? [])],
    clock,
    signals,
  });
  const said: string[] = [];
  signals.onAny(({ type }) => said.push(type));
  return { clock, signals, handler, calls, said };
}

export const here = { component: 'mixer' };
