import type { SignalOrigin } from '@sustain/kernel';
import type { JobChannels } from '../job-channels.ts';
import { errorJson } from '../job-json.ts';

/** @internal How an attempt has ended, until BullMQ has written it down. */
export type AttemptEnd = { readonly attempts: number } & (
  | { readonly why: 'completed'; readonly durationMs: number }
  | { readonly why: 'retried'; readonly delayMs: number; readonly error: unknown }
  | { readonly why: 'dead'; readonly error: unknown }
);

/** @internal Thrown for BullMQ to try again, after this time. */
export class RetryLater extends Error {
  readonly delayMs: number;

  constructor(message: string, delayMs: number) {
    super(message);
    this.delayMs = delayMs;
  }
}

/** @internal The fault is kept in place of the stack, which is all that BullMQ keeps besides the message. */
export function recorded(thrown: Error, error: unknown): Error {
  thrown.stack = JSON.stringify(errorJson(error));
  return thrown;
}

/** @internal Says how an attempt has ended, once that is written down. */
export function tellEnd(
  { completed, dead, retried }: JobChannels,
  id: string,
  end: AttemptEnd,
  origin: SignalOrigin,
): void {
  const { attempts: attempt } = end;
  if (end.why === 'completed') completed.emit({ id, attempt, durationMs: end.durationMs }, origin);
  else if (end.why === 'dead') dead.emit({ id, attempt, error: end.error }, origin);
  else retried.emit({ id, attempt, delayMs: end.delayMs, error: end.error }, origin);
}
