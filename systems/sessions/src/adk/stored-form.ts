import { checkJsonObject } from '../checks/index.ts';
import { sessionFaults } from '../faults.ts';
import { scopeOf } from '../scoped/index.ts';
import type { AdkSession, Event } from './adk-types.ts';

/**
 * @internal The event as it is stored: what JSON carries of it, without what its state delta says of `temp:`. A copy of the
 * caller's own, which is not changed. Throws SESSION_REQUEST_INVALID, or SESSION_TOO_LARGE.
 */
export function storedEvent(event: Event): Event {
  const copy = checkedCopy('appendEvent', 'event', event) as unknown as Event;
  const { id, timestamp, actions } = copy;
  if (typeof id !== 'string' || id === '' || id.length > MAX_EVENT_ID) {
    refuse('appendEvent', 'event.id', `must be a text of 1 to ${MAX_EVENT_ID} characters; got ${typeof id}`);
  }
  if (typeof timestamp !== 'number') {
    refuse('appendEvent', 'event.timestamp', `must be Unix milliseconds; got ${typeof timestamp}`);
  }
  if (actions?.stateDelta === undefined) return copy;
  return { ...copy, actions: { ...actions, stateDelta: withoutTemp(actions.stateDelta) } };
}

/** @internal The state as it is stored: a copy that JSON carries, without `temp:`. */
export function storedState(operation: string, state: AdkSession['state'] | undefined): AdkSession['state'] {
  return state === undefined ? {} : withoutTemp(checkedCopy(operation, 'state', state));
}

/** @internal A copy of what JSON carries. */
export function copyOf<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value)) as Value;
}

/** @internal Whether the name is of the invocation alone, and is never stored. */
export function isTemp(name: string): boolean {
  return scopeOf(name) === 'temp';
}

/** As a model's client makes them, events hold instances and undefined: JSON's own rules say what remains. */
function checkedCopy(operation: string, field: string, given: object): Record<string, unknown> {
  let json: string;
  try {
    json = JSON.stringify(given);
  } catch (error) {
    refuse(operation, field, `cannot be stored: ${(error as Error).message}`, error);
  }
  return checkJsonObject(operation, field, JSON.parse(json ?? 'null'), MAX_BYTES).value;
}

function withoutTemp(state: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(state).filter(([name]) => !isTemp(name)));
}

function refuse(operation: string, field: string, reason: string, cause?: unknown): never {
  throw sessionFaults.SESSION_REQUEST_INVALID({ operation, field, reason }, { cause });
}

const MAX_EVENT_ID = 128;
/** What is behind may allow less. */
const MAX_BYTES = 64 * 1_048_576;
