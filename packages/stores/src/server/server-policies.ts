import { breaker, bulkhead, Fault, type Policy, timeout } from '@sustain/kernel';
import type { SettledServerOptions } from './server-options.ts';

/**
 * @internal What every command to a server goes through: no more at once than may be, none to a server that has let five
 * in a row wait for nothing (a second of peace each time), and none for longer than it may take. That a connection is
 * away is told by the driver at once, so the breaker does not count it: it would only delay the return.
 */
export function serverPolicies(
  name: string,
  { commandTimeoutMs, maxInFlight }: SettledServerOptions,
): readonly Policy[] {
  const isFailure = (error: unknown) => error instanceof Fault && error.code === 'TIMED_OUT';
  return [
    bulkhead({ name, limit: maxInFlight }),
    breaker({ name, consecutive: 5, openMs: 1000, isFailure }),
    timeout(commandTimeoutMs),
  ];
}
