import type { DrillSubject, Useful } from '@sustain/drills';
import { Signals, systemClock } from '@sustain/kernel';
import { HealthMonitor } from '@sustain/ops/health';
import { createServer, type ServerOptions } from '@sustain/ops/server';
import { sessionHealthChecks } from '../health.ts';
import type { SessionManager } from '../manager/index.ts';
import { serveSessions } from '../routes/index.ts';
import { type Answer, type Asked, ask, Refused } from './ask.ts';

/** A session service in one of its lives. */
export interface OpenedSessions {
  readonly manager: SessionManager;
  /** Closes what the manager stands on, after it. */
  close(): Promise<void>;
}

export interface SessionsProgramOptions {
  /** Opens it, at the start and after each restart. */
  readonly open: (signals: Signals) => Promise<OpenedSessions> | OpenedSessions;
  readonly server?: Partial<ServerOptions>;
  readonly tokenSecrets?: readonly string[];
  /** What the client says of itself. */
  readonly headers?: () => Promise<Readonly<Record<string, string>>>;
}

/**
 * A session service on a loopback port, and a client of it that keeps a diary: one use is to append to it, to create a
 * session beside it, and to read what was written. Who looks later finds all of it, each once and in its order.
 */
export class SessionsProgram implements DrillSubject {
  readonly drillable = true;
  readonly signals: Signals = new Signals();
  /** Events of the diary that were acknowledged, and sessions that were created. */
  readonly events: string[] = [];
  readonly created: string[] = [];
  /** Uses that were refused, and so noticed something. */
  refusals = 0;
  url = '';
  readonly #options: SessionsProgramOptions;
  #headers: Readonly<Record<string, string>> = {};
  #opened: OpenedSessions | undefined;
  #stopServer: () => Promise<void> = async () => undefined;
  #turn: Promise<unknown> = Promise.resolve();

  static async start(options: SessionsProgramOptions): Promise<SessionsProgram> {
    const program = new SessionsProgram(options);
    await program.#start();
    return program;
  }

  private constructor(options: SessionsProgramOptions) {
    this.#options = options;
  }

  get manager(): SessionManager {
    if (this.#opened === undefined) throw new Error('it has not been started');
    return this.#opened.manager;
  }

  use(signal: AbortSignal): Promise<Useful> {
    return this.betweenUses(async () => {
      try {
        return await this.#write(signal);
      } catch (error) {
        if (!signal.aborted) this.refusals++;
        throw error;
      }
    });
  }

  /** Works while nobody uses it. */
  betweenUses<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined); // it is told to who asked for it
    return turn;
  }

  /** Ends it in order, does `meanwhile`, and starts it anew. */
  restart(meanwhile?: () => Promise<void> | void): Promise<void> {
    return this.betweenUses(async () => {
      await this.#stop();
      await meanwhile?.();
      await this.#start();
    });
  }

  /** Asks as the client, at a path of the service. */
  ask(path: string, { headers, ...asked }: Asked = {}): Promise<Answer> {
    return ask(this.url + path, { ...asked, headers: { ...this.#headers, ...headers } });
  }

  /** Throws when a use was refused. */
  expectNothingNoticed(): void {
    if (this.refusals > 0) throw new Error(`${this.refusals} uses were refused`);
  }

  /** Throws unless all that was acknowledged is there: each once, in its order, and nothing else. */
  expectNothingLost(): Promise<void> {
    return this.betweenUses(() => this.#compareWithStored());
  }

  async close(): Promise<void> {
    await this.#stop();
  }

  async #write(signal: AbortSignal): Promise<Useful> {
    const id = `e${this.events.length + 1}`;
    const asked = { method: 'POST', signal } as const;
    const appended = await this.ask(`${DIARY}/events`, { ...asked, body: { event: { id } } });
    this.events.push(id);
    const of = this.created.length + 1;
    const created = (await this.ask(USER, { ...asked, body: { state: { of } } })).body;
    this.created.push(created['sessionId'] as string);
    const read = (await this.ask(`${USER}/${created['sessionId']}`, { signal })).body;
    const state = read['state'] as { readonly of?: number };
    if (appended.status !== 201 || state.of !== of)
      throw new Error(`session ${of} was read as ${JSON.stringify(read)}`);
    const { mode } = (await this.ask('/sessions', { signal })).body;
    return mode === 'normal' ? 'full' : 'fallback';
  }

  async #start(): Promise<void> {
    const { open, server: options, tokenSecrets = [], headers } = this.#options;
    const clock = systemClock;
    const { signals } = this;
    this.#opened = await open(signals);
    const { manager } = this.#opened;
    const health = new HealthMonitor({ clock });
    const server = createServer({ port: 0, health, clock, signals, ...options });
    serveSessions(server, { manager, tokenSecrets });
    health.add('sessions', ...sessionHealthChecks(manager));
    this.#stopServer = () => server.stop();
    this.#headers = (await headers?.()) ?? {};
    this.url = await server.start();
    if (this.events.length === 0) await this.#openDiary();
  }

  async #compareWithStored(): Promise<void> {
    const diary = (await this.ask(DIARY)).body as { readonly events: readonly { readonly id: string }[] };
    const ids = diary.events.map(({ id }) => id);
    if (ids.join() !== this.events.join())
      throw new Error(`the diary is to have ${this.events.length} events (${differing(this.events, ids)})`);
    const found = new Set<string>();
    for (let path: string | undefined = `${USER}?limit=500`; path !== undefined; ) {
      const { body, headers } = await this.ask(path);
      for (const { sessionId } of body['sessions'] as { readonly sessionId: string }[]) found.add(sessionId);
      path = /<([^>]+)>/.exec(headers.get('link') ?? '')?.[1];
    }
    const all = [...this.created, 'diary'];
    const lost = all.filter((id) => !found.has(id));
    // Of a creation that was refused nobody knows whether it has happened.
    if (lost.length > 0 || found.size > all.length + this.refusals)
      throw new Error(
        `${all.length} sessions were created, ${found.size} are there, ${lost.length} are lost`,
      );
  }

  /** On a busy machine a first answer may take longer than is waited for. */
  async #openDiary(): Promise<void> {
    for (let triesLeft = 50; ; triesLeft--) {
      try {
        await this.ask(DIARY, { method: 'PUT', body: {} });
        return;
      } catch (error) {
        if (!(error instanceof Refused) || error.answer.status !== 503 || triesLeft === 0) throw error;
        await systemClock.sleep(20);
      }
    }
  }

  async #stop(): Promise<void> {
    await this.#stopServer();
    await this.#opened?.manager.close();
    await this.#opened?.close();
    this.#opened = undefined;
  }
}

export const USER = '/sessions/studio/ada';
export const DIARY = `${USER}/diary`;

function differing(expected: readonly string[], got: readonly string[]): string {
  const at = Math.max(
    0,
    expected.findIndex((id, index) => got[index] !== id),
  );
  return `number ${at + 1} is ${got[at] ?? 'missing'}, of ${got.length}`;
}
