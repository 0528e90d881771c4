import type { KeyLock } from '@sustain/kernel';
import { ABSENT, type Entry, type Page, storeFaults } from '../contract.ts';
import { mayHaveHappened } from '../write-outcome.ts';
import type { View } from './away-decision.ts';
import { AwayWriter, entryOf } from './away-writer.ts';
import { fallbackFaults } from './fallback-faults.ts';
import type { SettledFallbackOptions } from './fallback-options.ts';
import { FallbackParts } from './fallback-parts.ts';
import { guardStanding } from './guard-standing.ts';
import { isInRange, type PageRequest, pageOfKnown, pageWithOwn } from './known-page.ts';
import { Lifecycle } from './lifecycle.ts';
import { FIRST_LOCAL } from './local-revisions.ts';
import { vouches } from './vouches.ts';
import { answerIn, learnWrite, sendWrite, type WriteAnswer, type WriteRequest } from './write-request.ts';

/** @internal What a fallback store does with requests that are well-formed, once they have their turn. */
export class FallbackEngine {
  readonly parts: FallbackParts;
  readonly lifecycle: Lifecycle;
  readonly #away: AwayWriter;
  readonly #operationPrefix: string;
  #operations = 0;

  constructor(settings: SettledFallbackOptions, lock: KeyLock) {
    this.parts = new FallbackParts(settings);
    this.#operationPrefix = `fallback/${settings.instance}/${this.parts.revisions.next().toString(36)}/`;
    this.#away = new AwayWriter(this.parts, (error) => this.lifecycle.leave(error));
    this.lifecycle = new Lifecycle(this.parts, lock, () => this.#away.isIdle);
  }

  get isOpen(): boolean {
    return this.parts.standing.state !== 'opening';
  }

  nextOperationId(): string {
    return this.#operationPrefix + (this.#operations++).toString(36);
  }

  async read(key: string, signal?: AbortSignal): Promise<Entry | undefined> {
    const { standing, pending } = this.parts;
    const isOurs = standing.state === 'returning' && pending.has(key);
    if (standing.state === 'away' || isOurs) return this.#readKnown(key);
    try {
      return await this.parts.readPrimary(key, signal);
    } catch (error) {
      signal?.throwIfAborted(); // whatever the caller's reason is, it says nothing of the primary
      this.lifecycle.leaveOrThrow(error);
      return this.#readKnown(key);
    }
  }

  /** To be called while the key is held. */
  async write(request: WriteRequest): Promise<WriteAnswer> {
    const { standing, pending } = this.parts;
    const { key } = request;
    if (standing.state === 'returning' && pending.has(key)) await this.lifecycle.comeFirst(key);
    // What is still in the journal is not overtaken, also when the store is closed and brings nothing in any more.
    if (standing.state === 'away' || pending.has(key) || this.#isBehind(request))
      return this.#writeAway(request);
    try {
      const { link, known } = this.parts;
      const sent = this.#asInPrimary(request);
      const answer = answerIn(await link.ask((primary) => sendWrite(primary, sent), key), sent);
      learnWrite(known, sent, answer);
      return answer;
    } catch (error) {
      return this.#carryOn(request, error);
    }
  }

  async list(request: PageRequest, signal?: AbortSignal): Promise<Page> {
    const { parts } = this;
    const known = () =>
      pageOfKnown(request, new Set([...parts.known.keys(), ...parts.pending.keys()]), (key) =>
        entryOf(key, parts.view(key)),
      );
    if (parts.standing.state === 'away') return known();
    const { prefix, after, limit } = request;
    // Of what comes into the primary while that is asked it may say nothing yet.
    const own = new Map<string, View | undefined>();
    const look = () => {
      for (const key of parts.pending.keys()) if (isInRange(request, key)) own.set(key, parts.view(key));
    };
    look();
    const stamp = parts.known.stamp();
    try {
      const page = await parts.link.ask(
        (primary) => primary.list(prefix, { after, limit, signal }),
        undefined,
        signal,
      );
      for (const entry of page.entries) parts.learn(entry.key, entry, stamp);
      look();
      return pageWithOwn(request, page, own.keys(), (key) => entryOf(key, own.get(key)));
    } catch (error) {
      signal?.throwIfAborted();
      this.lifecycle.leaveOrThrow(error);
      return known();
    }
  }

  /** How long what is known of the key still lives, where it will not for ever. */
  ttlMs(key: string): number | undefined {
    const endsMs = this.parts.view(key)?.endsMs;
    return endsMs === undefined ? undefined : Math.max(1, endsMs - this.parts.settings.clock.monotonicMs());
  }

  /** Whether the primary cannot do it yet: what is in the journal says something of its guard, or is guarded by it. */
  #isBehind({ kind, key, guard }: WriteRequest): boolean {
    const { pending, revisions, settings } = this.parts;
    if (pending.entries === 0) return false;
    const standing = guardStanding(guard, pending, revisions);
    if (standing === 'lost' && guard !== undefined) {
      throw storeFaults.GUARD_LOST({ store: settings.name, key, guard: guard.key, revision: guard.revision });
    }
    return standing === 'journal' || (kind !== 'touch' && pending.isGuard(key));
  }

  /** With the primary's revisions in place of those that were told while it was away. */
  #asInPrimary(request: WriteRequest): WriteRequest {
    const { revisions } = this.parts;
    const { expected, guard } = request;
    if ((expected ?? ABSENT) < FIRST_LOCAL && (guard?.revision ?? ABSENT) < FIRST_LOCAL) return request;
    return {
      ...request,
      expected: expected && revisions.inPrimary(expected),
      guard: guard && { ...guard, revision: revisions.inPrimary(guard.revision) },
    };
  }

  /** What the primary may have done, and nobody goes on with, leaves its key unknown. */
  async #carryOn(request: WriteRequest, failure: unknown): Promise<WriteAnswer> {
    try {
      this.lifecycle.leaveOrThrow(failure);
      return await this.#writeAway(request, failure);
    } catch (error) {
      if (mayHaveHappened(failure)) this.parts.known.forget(request.key);
      throw error;
    }
  }

  /** `failure`: why the primary did not do it, if it was asked. */
  async #writeAway(request: WriteRequest, failure?: unknown): Promise<WriteAnswer> {
    const { changes } = this.parts;
    const { key, ttlMs } = request;
    try {
      const answer = await this.#away.write(request, this.#viewFor(request), failure);
      if (answer.outcome === 'done') changes.tell(key, ttlMs);
      return answer;
    } finally {
      this.lifecycle.goOn();
    }
  }

  /** What is known of the key, or what the caller vouches for. */
  #viewFor({ kind, key, expected }: WriteRequest): View | undefined {
    const view = this.parts.view(key);
    const isCreation = kind === 'set' && expected === ABSENT;
    if (view !== undefined || !isCreation) return view;
    return vouches(this.parts.settings.knowsAbsent, key) ? NOT_THERE : undefined;
  }

  #readKnown(key: string): Entry | undefined {
    const view = this.parts.view(key);
    if (view !== undefined) return entryOf(key, view);
    const reason = 'it was not read or written here lately, or is not to be remembered';
    throw fallbackFaults.NOT_KNOWN({ store: this.parts.settings.name, key, reason });
  }
}

const NOT_THERE: View = { json: undefined, revision: ABSENT, endsMs: undefined, from: 'cache' };
