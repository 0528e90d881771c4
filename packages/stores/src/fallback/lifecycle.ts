import type { KeyLock, Timer } from '@sustain/kernel';
import { storeFaults } from '../contract.ts';
import { fallbackFaults } from './fallback-faults.ts';
import type { FallbackParts } from './fallback-parts.ts';
import { fallbackConflict } from './fallback-signals.ts';
import { replayKey } from './key-replay.ts';
import { saysAway } from './primary-link.ts';
import { Replayer } from './replayer.ts';
import { probeReturn } from './return-probe.ts';
import { ReturnRun } from './return-run.ts';

/** @internal How a fallback store gets from one state to another: it opens, leaves its primary, returns to it, closes. */
export class Lifecycle {
  readonly #parts: FallbackParts;
  readonly #replayer: Replayer;
  readonly #return: ReturnRun;
  #opening: Promise<void> | undefined;
  #reopening: Timer | undefined;
  #stopProbing: (() => void) | undefined;
  #isClosed = false;

  /** `isIdle`: whether nothing is being written into the journal. */
  constructor(parts: FallbackParts, lock: KeyLock, isIdle: () => boolean) {
    const { settings, link, records, pending, journal, standing } = parts;
    const { name, clock, signals, onConflict, probeEveryMs } = settings;
    const conflicts = signals.channel(fallbackConflict);
    this.#parts = parts;
    this.#replayer = new Replayer({
      ...{ ...settings, link, records, rules: onConflict },
      onConflict: ({ id, key, operationId, rule, stays, reason }) =>
        conflicts.emit({ id, key, operationId, rule, stays, reason }, { source: name, operationId }),
    });
    this.#return = new ReturnRun({
      ...{ pending, journal, lock, clock, isIdle },
      retryMs: probeEveryMs,
      replayKey: (key) => this.#replayKey(key),
      isWanted: () => standing.state === 'returning' && !this.#isClosed,
      onAway: (error) => this.leave(error),
      onDone: () => standing.go('primary', 'the journal is in the primary'),
    });
  }

  /** Reads the journal of an earlier run. Rejects when the spare does not answer, and is tried again after a while. */
  open(): Promise<void> {
    this.#reopening?.cancel();
    this.#opening ??= this.#open().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  /** Lets nobody wait for it. */
  openSoon(): void {
    this.open().catch(() => undefined);
  }

  /** What is journalled of the key goes before all others. To be called while the key is held. */
  async comeFirst(key: string): Promise<void> {
    try {
      await this.#replayKey(key);
    } catch (error) {
      if (fallbackFaults.JOURNAL_UNAVAILABLE.matches(error)) throw error;
      this.leave(error);
    }
  }

  /** An answer of the primary says that it is away; anything else is thrown. */
  leaveOrThrow(error: unknown): void {
    if (!saysAway(error) || this.#parts.standing.state === 'taken') throw error;
    this.leave(error);
  }

  /** The primary is away; or, by what the error says, the journal is another program's. */
  leave(error: unknown): void {
    const { settings, standing, changes } = this.#parts;
    if (fallbackFaults.JOURNAL_TAKEN.matches(error)) this.#lose(error);
    if (standing.state === 'away' || standing.state === 'taken' || this.#isClosed) return;
    const { clock, random, probeEveryMs, successes } = settings;
    standing.go('away', `${(error as Error)?.message ?? error}`, error);
    this.#stopProbing = probeReturn({
      ...{ clock, random, probeEveryMs, successes },
      probe: () => this.#date(),
      onProbed: (inRow) => standing.probed(inRow),
      onReturned: () => {
        standing.go('returning', 'the primary answers again');
        changes.primaryReturned();
        this.goOn();
      },
    });
  }

  /** Brings what is in the journal into the primary, if that is there. */
  goOn(): void {
    this.#return.start();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#reopening?.cancel();
    this.#stopProbing?.();
    await this.#return.stop();
  }

  async #open(): Promise<void> {
    const { journal, records, pending, revisions, known, standing, settings } = this.#parts;
    let damage = '';
    try {
      const { records: found, damaged } = await journal.open();
      damage = damageOf(damaged);
      for (const record of found) {
        pending.add(record, record.kind === 'delete' ? undefined : JSON.stringify(record.value), true);
        revisions.goOnAfter(record.revision);
        known.hasSeen(record.seen);
      }
      await records.open();
    } catch (error) {
      pending.clear();
      standing.couldNotOpen((error as Error).message);
      this.#openLater(settings.probeEveryMs);
      throw error;
    }
    if (pending.entries === 0) standing.go('primary', `the journal is open${damage}`);
    else standing.go('returning', `an earlier run left a journal${damage}`);
    this.goOn();
    this.#date().catch((error) => saysAway(error) && this.leave(error));
  }

  #lose(error: Error): void {
    const { standing, pending, changes } = this.#parts;
    this.#stopProbing?.();
    standing.go('taken', error.message, error);
    pending.clear();
    changes.primaryReturned();
  }

  /** Writes, as who can only be read is not back, what is gone at once; and learns how far the primary has come. */
  async #date(): Promise<void> {
    const { settings, link, known } = this.#parts;
    const key = PROBED + settings.instance;
    const value = { wallMs: settings.clock.wallMs() };
    known.date(await link.ask((primary) => primary.set(key, value, { ttlMs: 1 }), key));
  }

  #openLater(delayMs: number): void {
    if (this.#isClosed) return;
    const { clock } = this.#parts.settings;
    this.#reopening = clock.schedule(delayMs, () => this.openSoon(), { keepAlive: false });
  }

  async #replayKey(key: string): Promise<void> {
    const { standing, changes } = this.#parts;
    await replayKey(key, {
      ...{ parts: this.#parts, replayer: this.#replayer },
      isStopped: () => this.#isClosed,
      onReplayed: () => standing.replayed(),
      look: () => this.#look(key),
    });
    changes.tell(key);
  }

  /** What is damaged stays unknown. */
  async #look(key: string): Promise<void> {
    try {
      await this.#parts.readPrimary(key);
    } catch (error) {
      if (!storeFaults.ENTRY_CORRUPTED.matches(error)) throw error;
    }
  }
}

/** What it held was acknowledged, and is lost: that must not go untold. */
function damageOf([key, ...others]: readonly string[]): string {
  if (key === undefined) return '';
  return others.length === 0
    ? `: 1 entry of it is damaged and stays in the spare: "${key}"`
    : `: ${others.length + 1} entries of it are damaged and stay in the spare, the first is "${key}"`;
}

/** Under which each instance writes to see whether the primary is there. */
const PROBED = '.fallback/';
