import {
  type Breaker,
  type BreakerTransition,
  breakerState,
  isolate,
  resetBreaker,
  restoreBreaker,
} from '@sustain/kernel';
import type { Guard, Revision } from '../contract.ts';
import { ClusterLink } from './cluster-link.ts';
import type { ClusterDecision } from './cluster-records.ts';
import { ProbeTurn } from './probe-turn.ts';
import { countedVotes, votesNeeded } from './quorum.ts';
import type { ClusterTerms } from './shared-breaker-options.ts';
import { sharedBreakerDecided } from './shared-breaker-signals.ts';

/** @internal Between the breaker of one instance, which decides, and those of the others. */
export class SharedCircuit {
  readonly link: ClusterLink;
  readonly #terms: ClusterTerms;
  readonly #local: Breaker;
  readonly #turn: ProbeTurn;
  /** The decision that the local breaker has followed; undefined before it came to know the others. */
  #followed: Revision | undefined;
  /** Monotonic: until when all are to wait. */
  #openUntilMs = 0;
  /** The decision that was known when the local breaker opened by itself; null when it has not, or no longer. */
  #vote: Revision | null = null;
  #isDeciding = false;
  #release: (() => void) | undefined;

  constructor(terms: ClusterTerms, local: Breaker, probeDeadlineMs: number) {
    this.#terms = terms;
    this.#local = local;
    this.link = new ClusterLink(terms, (isFresh) => this.heard(isFresh));
    this.#turn = new ProbeTurn(terms, this.link, this.#prober(), probeDeadlineMs);
  }

  get isProbing(): boolean {
    return this.#turn.isMine;
  }

  /** Asked by the local breaker when its wait is over. Alone, and when only it is open, it goes by its own rules. */
  mayProbe(): boolean {
    return !this.link.isTogether || !this.#isOpenForAll || this.#turn.mayProbe();
  }

  /** The local breaker has changed. */
  changed({ from, to, reason }: BreakerTransition): void {
    if (to === 'half-open' || reason === 'restored') return;
    if (to === 'open') {
      if (from === 'half-open' && this.#turn.isMine) this.#settle((guard) => this.#decideOpen([], guard));
      else this.#vote ??= this.link.mirror.decision.revision;
    } else {
      this.#vote = null;
      if (reason === 'probes-succeeded') this.#settle((guard) => this.#decideClosed(guard));
      else if (from === 'half-open') void this.#turn.giveBack();
      // In a moment: it is in the middle of changing. What was closed by hand stays so.
      if (reason === 'released' || reason === 'limit-over') queueMicrotask(() => this.#conform());
    }
    this.link.vote = this.#vote;
  }

  /** What is known of the others has changed. */
  heard(isFresh: boolean): void {
    const { isolations, decision } = this.link.mirror;
    if (isolations.size > 0) this.#release ??= isolate(this.#local);
    else {
      this.#release?.();
      this.#release = undefined;
    }
    if (decision.revision !== this.#followed) this.#follow(isFresh);
    else if (!isFresh) this.#conform();
    void this.#considerQuorum();
  }

  /** Ends the connection; the local breaker goes on alone. */
  async close(): Promise<void> {
    // Both at once: a turn that comes between them would not be given back.
    await Promise.all([this.#turn.giveBack(), this.link.close()]);
  }

  #prober() {
    const local = this.#local;
    return {
      get isHalfOpen() {
        return local.phase.state === 'half-open';
      },
      mustProbe: async () => {
        const { store } = this.#terms;
        const { mirror } = this.link;
        const entry = await this.link.ask(() => store.get(mirror.keys.decision));
        if (entry === undefined) mirror.deleted(mirror.keys.decision);
        else mirror.set(entry);
        this.heard(true);
        const isWaitOver = this.#terms.clock.monotonicMs() >= this.#openUntilMs;
        return this.link.isTogether && this.#isOpenForAll && isWaitOver && local.phase.state === 'open';
      },
      lost: () => {
        if (local.phase.state === 'half-open') this.#openLocally(0);
      },
    };
  }

  get #isOpenForAll(): boolean {
    return this.link.mirror.decision.what?.state === 'open';
  }

  #follow(isFresh: boolean): void {
    const { revision, what } = this.link.mirror.decision;
    const { clock } = this.#terms;
    const isFirst = this.#followed === undefined;
    this.#followed = revision;
    if (what?.state === 'open') {
      // What has just been decided is waited for in full, whatever the wall clocks say.
      const ageMs = isFresh ? 0 : Math.max(clock.wallMs() - what.wallMs, 0);
      this.#openUntilMs = clock.monotonicMs() + Math.max(what.waitMs - ageMs, 0);
      void this.#turn.giveBack();
      this.#openLocally();
      return;
    }
    if (what === undefined || isFirst) {
      // Lost, by the store; or a closing from before it was here: that is no word on the dependency as it is.
      if (this.#vote !== null) this.#vote = revision;
      this.link.vote = this.#vote;
      return;
    }
    this.#vote = null;
    this.link.vote = null;
    const { state } = this.#local.phase;
    if (state === 'open' || state === 'half-open') resetBreaker(this.#local, true);
  }

  /** When it could not be written down, what the others have decided holds. */
  #settle(tell: (guard: Guard) => Promise<void>): void {
    void this.#turn.settle(tell).then(() => this.#conform());
  }

  /** Opens what is closed, or probes by itself, though all are open. */
  #conform(): void {
    const { state } = this.#local.phase;
    const isApart =
      state === 'closed' || state === 'recovering' || (state === 'half-open' && !this.isProbing);
    if (isApart && this.link.isTogether && this.#isOpenForAll) this.#openLocally();
  }

  /** A limit that the service has told goes on, and so does what is held by hand. */
  #openLocally(leftMs: number = this.#openUntilMs - this.#terms.clock.monotonicMs()): void {
    const { what } = this.link.mirror.decision;
    const { state } = this.#local.phase;
    if (what?.state !== 'open' || state === 'rate-limited' || state === 'quota-exhausted') return;
    restoreBreaker(this.#local, {
      name: this.#local.name,
      state: 'open',
      seenWallMs: Math.max(this.#terms.clock.wallMs(), 0),
      retryAfterMs: Math.max(leftMs, 0),
      timesOpened: what.timesOpened,
    });
  }

  /** Only who has voted acts on the votes: the last of them sees them all. */
  async #considerQuorum(): Promise<void> {
    const { members, decision } = this.link.mirror;
    const { quorum, instance } = this.#terms;
    if (!this.link.isTogether || this.#isOpenForAll || this.#isDeciding) return;
    const votes = countedVotes(members, decision.revision);
    if (votes.length < votesNeeded(quorum, members.size) || !votes.includes(instance)) return;
    if (this.#local.phase.state !== 'open') return;
    this.#isDeciding = true;
    try {
      await this.#decideOpen(votes);
    } catch {
      return; // the link has drawn the conclusion
    } finally {
      this.#isDeciding = false;
    }
  }

  async #decideOpen(votes: readonly string[], guard?: Guard): Promise<void> {
    const local = breakerState(this.#local);
    const { clock, instance: by } = this.#terms;
    const waitMs = 'retryAfterMs' in local ? (local.retryAfterMs ?? 0) : 0;
    const untilMs = clock.monotonicMs() + waitMs;
    const timesOpened = Math.max(local.timesOpened, 1);
    const wallMs = Math.max(clock.wallMs(), 0);
    await this.#decide({ state: 'open', by, wallMs, waitMs, timesOpened, votes }, guard, () => {
      this.#openUntilMs = untilMs;
    });
  }

  async #decideClosed(guard: Guard): Promise<void> {
    const { clock, instance: by } = this.#terms;
    await this.#decide({ state: 'closed', by, wallMs: Math.max(clock.wallMs(), 0) }, guard);
  }

  /** Writes it down, unless another decision came first; then that is followed. */
  async #decide(what: ClusterDecision, guard: Guard | undefined, decided?: () => void): Promise<void> {
    const { store, name, signals, instance } = this.#terms;
    const { mirror } = this.link;
    const key = mirror.keys.decision;
    const expected = mirror.decision.revision;
    const result = await this.link.ask(() => store.compareAndSet(key, expected, what, { guard }));
    if (!result.ok) {
      if (result.entry === undefined) mirror.deleted(key);
      else mirror.set(result.entry);
      this.heard(true);
      return;
    }
    const { revision } = result;
    if (revision > mirror.decision.revision) {
      mirror.decision = { revision, what };
      this.#followed = revision;
      decided?.();
      const votes = what.state === 'open' ? what.votes : [];
      signals.channel(sharedBreakerDecided).emit({ instance, state: what.state, votes }, { source: name });
      this.#conform(); // it may have closed by itself while it wrote
    }
    this.heard(true);
  }
}
