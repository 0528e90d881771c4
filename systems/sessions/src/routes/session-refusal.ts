import { Fault } from '@sustain/kernel';
import { Refusal } from '@sustain/ops/server';
import { statusOf } from '../fault-statuses.ts';
import { entityTag } from './entity-tags.ts';

/** How an error of a session's route is answered: of what is none of a session the server decides. `isConditional`: whether the request said which version it expects. */
export function sessionRefusal(error: unknown, isConditional: boolean): unknown {
  if (!(error instanceof Fault)) return error;
  const status = statusOf(error, { isConditional });
  if (status === undefined) return error;
  const { retryAfterMs, actualVersion, operation } = error.context;
  const isToWait = status === 503 && retryAfterMs === undefined;
  const members = {
    ...(status < 500 ? pick(error.context, MEMBERS) : { operation }),
    ...(isToWait && { retryAfterMs: RETRY_AFTER_MS }),
  };
  const headers = {
    ...(isToWait && { 'retry-after': '1' }),
    ...(status === 412 && typeof actualVersion === 'string' && { etag: entityTag(actualVersion) }),
  };
  return new Refusal(error, status, { members, headers });
}

/** A store is mostly away for less than the second that Retry-After can say at least: the member of that name says it closer. */
const RETRY_AFTER_MS = 250;

/** What a program may read of what the client did wrong. */
const MEMBERS = ['operation', 'sessionId', 'field', 'limit', 'got', 'expectedVersion', 'actualVersion'];

function pick(context: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    names.filter((name) => context[name] !== undefined).map((name) => [name, context[name]]),
  );
}
