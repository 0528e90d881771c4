import { type Random, systemClock } from '@sustain/kernel';
import { expect } from 'vitest';
import type { SessionsClient } from '../src/client/index.ts';
import {
  SessionConcurrentAccessError,
  type SessionKey,
  SessionServiceUnavailableError,
} from '../src/index.ts';
import { until } from './until.fixture.ts';

interface Acknowledged {
  readonly id: string;
  readonly client: number;
  readonly n: number;
  readonly revision: number;
}

/** Clients of several instances that write to the same sessions, and what they were told. */
export class Writers {
  readonly #clients: readonly SessionsClient[];
  readonly #random: Random;
  readonly #keys: SessionKey[] = [];
  readonly #acknowledged: Acknowledged[][] = [];
  writesInFlight = 0;
  acknowledged = 0;
  refused = 0;
  stale = 0;

  constructor(clients: readonly SessionsClient[], random: Random) {
    this.#clients = clients;
    this.#random = random;
  }

  async createSessions(count: number): Promise<void> {
    for (let at = 0; at < count; at++) {
      const key = { appName: 'durability', userId: `user-${at % 5}`, sessionId: `session-${at}` };
      await until(() => this.#homeOf(at).getOrCreateSession(key));
      this.#keys.push(key);
      this.#acknowledged.push([]);
    }
  }

  /** Writes events, each until it is acknowledged, as a user of the service would. */
  async write(client: number, isOver: () => boolean): Promise<void> {
    const random = this.#random.fork(`${client}`);
    const written = new Map<number, number>();
    while (!isOver()) {
      const which = Math.floor(random.next() * this.#keys.length);
      const n = written.get(which) ?? 0;
      written.set(which, n + 1);
      await this.#writeOne({ which, client, n, random });
    }
  }

  /** What is there in the end, by whichever instance, is what was acknowledged. */
  async judge(): Promise<void> {
    for (const [which, key] of this.#keys.entries()) {
      const { events, revision } = await until(() => this.#homeOf(which).getSession(key));
      const ids = events.map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      expect(revision).toBe(ids.length + 1);
      const acknowledged = this.#acknowledged[which] as Acknowledged[];
      const misplaced = acknowledged.filter(({ id, revision }) => ids[revision - 2] !== id);
      expect(misplaced).toEqual([]);
      expect(new Set(acknowledged.map(({ id }) => id))).toEqual(new Set(ids));
      for (const own of Map.groupBy(events, (event) => event['client']).values()) {
        const written = own.map((event) => event['n'] as number);
        expect(written).toEqual(written.toSorted((a, b) => a - b));
      }
    }
  }

  async #writeOne({
    which,
    client,
    n,
    random,
  }: Pick<Acknowledged, 'client' | 'n'> & {
    readonly which: number;
    readonly random: Random;
  }): Promise<void> {
    const key = this.#keys[which] as SessionKey;
    const id = `c${client}-s${which}-${n}`;
    const event = { id, client, n };
    const isBound = random.next() < 0.1;
    for (let attempt = 0; ; attempt++) {
      // Mostly the instance that has it; sometimes, and after a refusal, any.
      const any = this.#clients[Math.floor(random.next() * this.#clients.length)] as SessionsClient;
      const service = random.next() < (attempt === 0 ? 0.97 : 0.5) ? this.#homeOf(which) : any;
      this.writesInFlight++;
      try {
        const expectedVersion = isBound
          ? (await service.getSession(key, { numRecentEvents: 0 })).version
          : undefined;
        if (isBound && random.next() < 0.5)
          await this.#writeStale(service, key, expectedVersion as string, id);
        const { revision } = await service.appendEvent(key, { event }, { expectedVersion });
        this.#acknowledged[which]?.push({ id, client, n, revision });
        this.acknowledged++;
        return;
      } catch (error) {
        if (SessionConcurrentAccessError.matches(error)) continue;
        if (!SessionServiceUnavailableError.matches(error)) throw error;
        this.refused++;
      } finally {
        this.writesInFlight--;
      }
      await systemClock.sleep(20 + random.next() * 200);
    }
  }

  /** A write at a version that was there before this one: whatever fails, it is never done. */
  async #writeStale(service: SessionsClient, key: SessionKey, version: string, id: string): Promise<void> {
    const [, incarnation = '', revision = ''] = /^(.*)-(\d+)$/.exec(version) ?? [];
    if (Number(revision) < 2) return;
    const expectedVersion = `${incarnation}-${Number(revision) - 1}`;
    const event = { id: `stale-${id}-${revision}`, client: -1, n: 0 };
    try {
      await service.appendEvent(key, { event }, { expectedVersion });
    } catch (error) {
      if (SessionConcurrentAccessError.matches(error)) this.stale++;
      else if (!SessionServiceUnavailableError.matches(error)) throw error;
      return;
    }
    throw new Error(`${event.id} was written at ${expectedVersion}, which was over`);
  }

  #homeOf(which: number): SessionsClient {
    return this.#clients[which % this.#clients.length] as SessionsClient;
  }
}
