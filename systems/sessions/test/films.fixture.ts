import type { Random } from '@sustain/kernel';
import { expect } from 'vitest';
import type { SessionsClient } from '../src/client/index.ts';
import { DIRECTOR, STAGES } from './film-service.fixture.ts';
import { until } from './until.fixture.ts';

/** Clients that have films made by instances of the service: each one after the other, in a session of its own. */
export class Films {
  readonly #urls: readonly string[];
  readonly #service: SessionsClient;
  readonly #random: Random;
  /** In each session, in order. */
  readonly #made = new Map<string, string[]>();
  underWay = 0;

  /** By those at `urls`, of which `service` is one. */
  constructor(urls: readonly string[], service: SessionsClient, random: Random) {
    this.#urls = urls;
    this.#service = service;
    this.#random = random;
  }

  get made(): number {
    return [...this.#made.values()].reduce((sum, { length }) => sum + length, 0);
  }

  async createSessions(ids: readonly string[]): Promise<void> {
    for (const sessionId of ids) {
      await until(() => this.#service.getOrCreateSession({ ...DIRECTOR, sessionId }));
      this.#made.set(sessionId, []);
    }
  }

  /** Throws when one is not made in the end. */
  async make(isOver: () => boolean): Promise<void> {
    const making = async ([sessionId, made]: [string, string[]]) => {
      for (let n = 0; !isOver(); n++) {
        const film = `${sessionId}-film-${n}`;
        this.underWay++;
        const { runId } = await this.#ask('/films', { sessionId, film });
        const run = await this.#ask(`/films/${runId}`);
        this.underWay--;
        if (run['state'] !== 'completed') throw new Error(`${film} was not made: ${JSON.stringify(run)}`);
        made.push(film);
      }
    };
    await Promise.all([...this.#made].map(making));
  }

  /** In each session is each stage of each of its films, once, in order, and nothing else. */
  async judge(): Promise<void> {
    for (const [sessionId, made] of this.#made) {
      const { events } = await until(() => this.#service.getSession({ ...DIRECTOR, sessionId }));
      const wanted = made.flatMap((film) => STAGES.map((stage) => `${film}-${stage}`));
      expect(events.map(({ id }) => id)).toEqual(wanted);
    }
  }

  /** Of any instance, until one answers. */
  #ask(path: string, body?: object): Promise<Record<string, unknown>> {
    return until(
      async () => {
        const url = this.#urls[Math.floor(this.#random.next() * this.#urls.length)];
        const post = { method: 'POST', headers: { 'content-type': 'application/json' } };
        const asked = { ...(body && { ...post, body: JSON.stringify(body) }) };
        const answer = await fetch(url + path, { ...asked, signal: AbortSignal.timeout(ANSWER_MS) });
        if (answer.status < 500 && !answer.ok) throw new Refused(`${path}: ${await answer.text()}`);
        if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
        return (await answer.json()) as Record<string, unknown>;
      },
      (error) => !(error instanceof Refused),
    );
  }
}

/** What is asked is wrong, whoever is asked, and whenever. */
class Refused extends Error {}

/** Longer than a film takes of which nothing is killed. */
const ANSWER_MS = 10_000;
