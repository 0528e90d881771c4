import { linearizable, type Operation, type Verdict } from '@sustain/drills';
import {
  SessionConcurrentAccessError,
  SessionNotFoundError,
  SessionServiceUnavailableError,
  sessionFaults,
} from '../faults.ts';
import type { Head, LogRecord } from '../layout/index.ts';
import { HEADS, LOGS } from '../layout/index.ts';
import type { Session, SessionKey } from '../session/index.ts';
import { DOWN, type Instance, instancesOn, SHAKY, STEADY } from './instances.fixture.ts';

export interface Chaos {
  readonly seed: number;
  readonly steps: number;
  readonly maxSessionsInMemory: number;
  readonly changesPerBase: number;
}

export interface Report {
  /** Of each session as a register that holds the id of its last write. */
  readonly verdict: Verdict<string>;
  /** What no order could excuse: in words. */
  readonly wrongs: readonly string[];
  readonly acknowledged: number;
  readonly conflicts: number;
}

type Kind = 'create' | 'append' | 'update' | 'swap' | 'share' | 'delete' | 'get';
type Asked = Omit<Operation, 'kind'> & { kind: Operation['kind'] };

/**
 * Three instances, three names of sessions, clients that create, change, read and delete them through any instance, while
 * ways to the primary fail and instances are killed and started again. A session is a register that holds the id of its
 * last write. What is read through an instance while another works from its journal may be older, and proves nothing.
 */
export async function chaosOf({ seed, steps, ...limits }: Chaos): Promise<Report> {
  const world = instancesOn(`histories ${seed}`, { ...limits, retry: { maxAttempts: 2, baseDelayMs: 100 } });
  const { clock, primary, random, start, passing } = world;
  const chance = random.fork('chaos');
  const one = <T>(all: readonly T[]) => all[Math.floor(chance.next() * all.length)] as T;
  const instances = ['a', 'b', 'c'].map((name) => start(name));
  const everyone: Instance[] = [...instances];
  const keys: SessionKey[] = ['s0', 's1', 's2'].map((sessionId) => ({
    appName: 'app',
    userId: 'u',
    sessionId,
  }));
  const history: Operation[] = [];
  const wrongs: string[] = [];
  const versions = new Map<string, { readonly version: string; readonly id: string }>();
  const places = new Map<string, Set<string>>();
  const contents = new Map<string, string>();
  const shared = new Set<string>();
  let at = 0;
  let asked = 0;
  let acknowledged = 0;

  const watching = watchPlaces();
  for (let step = 0; step < steps; step++) {
    for (let each = 0; each < 4; each++) void ask(one(instances), one(keys), draw());
    disturb(chance.next());
    await clock.advance(chance.next() * 400);
    if (chance.next() < 0.1) await clock.advance(chance.next() * 10_000);
  }
  for (const { link } of instances) link.fates = STEADY;
  await clock.advance(30_000);
  for (const instance of instances) for (const key of keys) await passing(ask(instance, key, 'get'));
  const state = await passing(finalShared());
  for (const name of shared) if (!(name in state)) wrongs.push(`the shared ${name} is lost`);
  for (const { manager } of instances) await passing(manager.close());
  await watching.close();
  for (const [id, found] of places)
    if (found.size > 1) wrongs.push(`${id} is at ${[...found].join(' and ')}`);
  const happened = history.filter(
    ({ id, outcome, kind }) => outcome !== 'unknown' || kind === 'delete' || places.has(id),
  );
  const conflicts = everyone.flatMap(({ told }) =>
    told.filter(({ type }) => type === 'fallback.conflict'),
  ).length;
  return { verdict: linearizable(happened, { maxSteps: 300_000 }), wrongs, acknowledged, conflicts };

  function draw(): Kind {
    const dice = chance.next();
    if (dice < 0.12) return 'create';
    if (dice < 0.45) return 'append';
    if (dice < 0.55) return 'update';
    if (dice < 0.65) return 'swap';
    if (dice < 0.7) return 'share';
    return dice < 0.75 ? 'delete' : 'get';
  }

  function disturb(dice: number): void {
    if (dice < 0.06) for (const { link } of instances) link.fates = DOWN;
    else if (dice < 0.16) one(instances).link.fates = DOWN;
    else if (dice < 0.24) for (const { link } of instances) link.fates = SHAKY;
    else if (dice < 0.4) for (const { link } of instances) link.fates = STEADY;
    else if (dice < 0.45) {
      const which = Math.floor(chance.next() * 3);
      const old = instances[which] as Instance;
      old.kill();
      const next = old.restart();
      next.link.fates = old.link.fates;
      instances[which] = next;
      everyone.push(next);
      void next.manager.open().catch(() => undefined);
    }
  }

  /** Whether what an instance has acknowledged may be in its journal alone. */
  function someoneIsAway(): boolean {
    return instances.some(({ told }) => {
      const last = told.findLast(({ type }) => type === 'fallback.changed');
      return (last?.data as { to?: string } | undefined)?.to !== 'primary' && last !== undefined;
    });
  }

  function watchPlaces() {
    let watch: { close(): Promise<void> } | undefined;
    const listen = async () => {
      const found = await primary.watch<Head & LogRecord>('sessions/', { existing: true });
      watch = found;
      for await (const change of found) {
        if (change.kind !== 'set') continue;
        const { key, value } = change;
        if (key.startsWith(LOGS)) place(value.id, key);
        else if (key.startsWith(HEADS) && value.base.revision === 1)
          place(String(value.base.state['last']), value.incarnation);
      }
    };
    void listen();
    return { close: async () => watch?.close() };
  }

  function place(id: string, where: string): void {
    places.set(id, (places.get(id) ?? new Set()).add(where));
  }

  async function finalShared() {
    const { manager } = instances[0] as Instance;
    const key = { appName: 'app', userId: 'u', sessionId: 'last' };
    const { state } = await manager.createSession(key);
    return state;
  }

  async function ask(by: Instance, key: SessionKey, kind: Kind): Promise<void> {
    const id = `${kind}${asked++}`;
    const register = key.sessionId;
    const known = versions.get(register);
    const wasAway = someoneIsAway();
    const base = { id, client: by.name, key: register, invokedAt: at++, invokedMs: 0, endedMs: undefined };
    const record = (rest: object, isWeak = false) => {
      if (isWeak && (wasAway || someoneIsAway())) return;
      const operation = { ...base, endedAt: at++, ...rest } as unknown as Asked;
      history.push(operation as Operation);
    };
    const write =
      kind === 'create' || kind === 'swap'
        ? { kind: 'compare-and-set', expected: kind === 'create' ? null : (known?.id ?? null), value: id }
        : kind === 'delete'
          ? { kind: 'delete' }
          : { kind: 'write', value: id };
    if (kind === 'swap' && known === undefined) return;
    const place = history.length;
    // Until it is answered, and for ever where it is not.
    if (kind !== 'get')
      history.push({ ...base, ...write, outcome: 'unknown', endedAt: Number.POSITIVE_INFINITY } as Operation);
    const isMine = history[place];
    const answered = () => {
      if (kind !== 'get') history.splice(history.indexOf(isMine as Operation), 1);
    };
    try {
      const seen = await send(by, key, kind, id, known?.version);
      if (kind === 'get') {
        record({ kind: 'read', outcome: 'ok', seen: String(seen) }, true);
        return;
      }
      answered();
      acknowledged++;
      if (kind === 'delete' && seen === false) record({ kind: 'read', outcome: 'ok', seen: null });
      else record({ ...write, outcome: 'ok' });
    } catch (error) {
      if (
        sessionFaults.INSTANCE_NAME_TAKEN.matches(error) ||
        sessionFaults.SESSION_OUTCOME_UNKNOWN.matches(error)
      )
        return;
      answered();
      if (SessionNotFoundError.matches(error))
        record({ kind: 'read', outcome: 'ok', seen: null }, kind === 'get');
      else if (SessionConcurrentAccessError.matches(error))
        record({ ...write, outcome: 'mismatch' }, kind === 'create');
      else if (!SessionServiceUnavailableError.matches(error)) wrongs.push(`${id}: ${String(error)}`);
    }
  }

  async function send(
    by: Instance,
    key: SessionKey,
    kind: Kind,
    id: string,
    expectedVersion: string | undefined,
  ): Promise<unknown> {
    const { manager } = by;
    const stateDelta = { last: id };
    switch (kind) {
      case 'create':
        return learn(await manager.createSession({ ...key, state: stateDelta }));
      case 'append':
        return told(key, id, await manager.appendEvent(key, { event: { id }, stateDelta }));
      case 'update':
        return told(key, id, await manager.updateSessionState(key, { set: stateDelta, changeId: id }));
      case 'swap':
        return told(
          key,
          id,
          await manager.updateSessionState(key, { set: stateDelta, changeId: id }, { expectedVersion }),
        );
      case 'share': {
        const set = { ...stateDelta, [`app:${id}`]: 1 };
        const written = await manager.updateSessionState(key, { set, changeId: id });
        shared.add(`app:${id}`);
        return told(key, id, written);
      }
      case 'delete':
        return manager.deleteSession(key);
      case 'get':
        return learn(await manager.getSession(key));
    }
  }

  function told(key: SessionKey, id: string, { version }: { readonly version: string }): string {
    versions.set(key.sessionId, { version, id });
    return holds(version, id);
  }

  /** What a session shows must be the same for all who see this version of it, and its events all there are. */
  function learn(session: Session): string {
    const { version, revision, events } = session;
    const last = String(session.state['last']);
    versions.set(session.sessionId, { version, id: last });
    const ids = events.map(({ id }) => id);
    if (new Set(ids).size !== ids.length) wrongs.push(`${version} has an event twice: ${ids.join(' ')}`);
    const incarnation = version.slice(0, version.lastIndexOf('-'));
    const known = [...Array(revision).keys()].map((n) => contents.get(`${incarnation}-${n + 1}`));
    const wanted = known.filter((id) => id?.startsWith('append'));
    if (wanted.some((id) => !ids.includes(id as string)))
      wrongs.push(`${version} lacks one of ${wanted.join(' ')}: ${ids.join(' ')}`);
    const inOrder = ids.filter((id) => wanted.includes(id));
    if (inOrder.join() !== wanted.join())
      wrongs.push(`${version} has ${inOrder.join(' ')}, and not ${wanted.join(' ')}`);
    return holds(version, last);
  }

  function holds(version: string, id: string): string {
    const before = contents.get(version);
    if (before !== undefined && before !== id) wrongs.push(`${version} was ${before}, and is ${id}`);
    contents.set(version, id);
    return id;
  }
}
