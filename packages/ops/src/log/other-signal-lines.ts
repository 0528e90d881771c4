import type { Fault, Signal } from '@sustain/kernel';
import { severityName } from '@sustain/kernel';
import { logOutputLost, logOutputRestored } from './output-signals.ts';
import { type DescribeSignal, debug, failing, info, line, ms, saying } from './signal-line.ts';

interface Keyed {
  readonly key: string;
}

interface Held extends Keyed {
  readonly holder: string;
  readonly heldMs: number;
  readonly reason: string;
}

interface Job {
  readonly id: string;
  readonly attempt: number;
  readonly delayMs: number;
  readonly error: unknown;
  readonly reason: string;
  readonly doing: string;
}

/**
 * What is said of the signals of stores, leases, jobs and the server. By their names: to listen to them, nobody needs
 * the packages that tell them.
 */
export const otherSignalLines: Readonly<Record<string, DescribeSignal>> = {
  // The logging says so itself.
  ...line(logOutputLost, () => null),
  ...line(logOutputRestored, () => null),

  'store.availability': ({ data }: Signal<{ state: string; reason: string }>) => ({
    level: data.state === 'available' ? 'INFO' : 'ERROR',
    message: `the store is ${data.state}: ${data.reason}`,
  }),
  'store.corrupted': ({ data }: Signal<Keyed & { reason: string; quarantinedAs: string | null }>) => ({
    level: 'ERROR',
    message: `an entry is damaged: ${data.reason}`,
    context: { ...data },
  }),
  'fallback.changed': ({ data }: Signal<{ from: string; to: string; reason: string }>) => ({
    level: data.to === 'primary' ? 'INFO' : 'WARNING',
    message: `the store went from ${data.from} to ${data.to}: ${data.reason}`,
    context: { ...data },
  }),
  'fallback.replayed': ({ data }: Signal<{ replayed: number; left: number }>) =>
    info(`${data.replayed} writes are in the primary again, ${data.left} are left`),
  'fallback.conflict': ({ data }: Signal<Keyed & { reason: string }>) => ({
    level: 'WARNING',
    message: `a write met what others wrote meanwhile: ${data.reason}`,
    context: { ...data },
  }),
  'shared-breaker.alone': ({ data }: Signal<{ reason: string }>) => ({
    level: 'WARNING',
    message: `the breaker decides alone: ${data.reason}`,
  }),
  'shared-breaker.together': () => info('the breaker decides with the others again'),
  'shared-breaker.decided': ({ data }: Signal<{ state: string }>) => ({
    level: data.state === 'open' ? 'WARNING' : 'INFO',
    message: `the breaker is ${data.state} for all`,
    context: { ...data },
  }),
  'lease.acquired': ({ data }: Signal<Held>) => debug(`${data.holder} has the lease ${data.key}`),
  'lease.released': ({ data }: Signal<Held>) =>
    debug(`${data.holder} let go of the lease ${data.key} after ${ms(data.heldMs)}`),
  'lease.lost': ({ data }: Signal<Held>) => ({
    level: 'WARNING',
    message: `${data.holder} lost the lease ${data.key} after ${ms(data.heldMs)}: ${data.reason}`,
  }),

  'jobs.added': ({ data }: Signal<Job>) => debug(`job ${data.id} was added`),
  'jobs.started': ({ data }: Signal<Job>) => debug(`job ${data.id} began, attempt ${data.attempt}`),
  'jobs.progress': () => null,
  'jobs.completed': ({ data }: Signal<Job>) => debug(`job ${data.id} is done`),
  'jobs.retried': ({ data: { id, attempt, delayMs, error } }: Signal<Job>) => ({
    level: 'WARNING',
    message: `attempt ${attempt} of job ${id} failed, the next follows in ${ms(delayMs)}: ${failing(error)}`,
    context: { id, attempt, delayMs },
  }),
  'jobs.dead': ({ data: { id, attempt, error } }: Signal<Job>) => ({
    level: 'ERROR',
    message: `job ${id} failed for good at attempt ${attempt}: ${failing(error)}`,
    error,
    context: { id, attempt },
  }),
  'jobs.cancelled': ({ data }: Signal<Job>) => info(`job ${data.id} was cancelled: ${data.reason}`),
  'jobs.disturbed': ({ data: { doing, error } }: Signal<Job>) => ({
    level: 'WARNING',
    message: `the queue could not go on with ${doing}, and tries again: ${saying(error)}`,
  }),

  'server.started': ({ data }: Signal<{ url: string }>) => info(`serving at ${data.url}`),
  'server.stopped': ({ data }: Signal<{ durationMs: number }>) =>
    info(`the server stopped within ${ms(data.durationMs)}`, { ...data }),
  'server.request.refused': ({
    data: { fault, status, method, path },
  }: Signal<{ fault: Fault; status: number; method: string; path: string }>) => ({
    level: status >= 500 ? severityName(fault.severity) : 'INFO',
    message: `${method} ${path} was answered with ${status}: ${fault.message}`,
    ...(status >= 500 && { fault }),
    context: { code: fault.code, status, method, path },
  }),
};
