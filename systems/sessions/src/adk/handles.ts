import type { AdkSession } from './adk-types.ts';
import type { Seen, Version } from './backing.ts';
import { isTemp } from './stored-form.ts';

/**
 * @internal What the session objects that callers hold have seen. A counter of our own says whether one is stale:
 * `lastUpdateTime` is of the event, so that equal ones mean nothing (adk-python#1733, #917, #3717).
 */
export class Handles {
  readonly #versions = new WeakMap<AdkSession, Version>();

  given(session: AdkSession, version: Version): AdkSession {
    this.#versions.set(session, version);
    return session;
  }

  seen(session: AdkSession, eventId: string): Seen {
    return {
      version: this.#versions.get(session),
      lastEventId: session.events.findLast(({ id }) => id !== eventId)?.id,
      lastUpdateTime: session.lastUpdateTime,
      hasEvent: session.events.some(({ id }) => id === eventId),
    };
  }
}

/**
 * @internal Gives a handle what it missed. The objects stay the same ones, as a Runner's contexts hold them; events that it has
 * stay the same ones, too, and so does what is of its invocation alone.
 */
export function catchUp(handle: AdkSession, now: AdkSession): void {
  const held = new Map(handle.events.map((event) => [event.id, event]));
  handle.events.splice(0, handle.events.length, ...now.events.map((event) => held.get(event.id) ?? event));
  for (const name of Object.keys(handle.state)) {
    if (!isTemp(name) && !Object.hasOwn(now.state, name)) delete handle.state[name];
  }
  for (const [name, value] of Object.entries(now.state)) {
    Object.defineProperty(handle.state, name, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
}
