import type { Clock } from '@sustain/kernel';
import { sessionFaults } from '../faults.ts';
import { CLEANUP_CURSOR } from '../layout/index.ts';
import type { ManagerParts } from './manager-parts.ts';
import { sessionFaultOf } from './session-fault.ts';

export interface ServiceLifeOptions {
  readonly parts: ManagerParts;
  readonly clock: Clock;
  readonly onOpen: () => void;
  /** Resolves when nothing goes on any more that was asked for. */
  readonly idle: () => Promise<void>;
}

/** How the service begins and ends. */
export class ServiceLife {
  readonly #options: ServiceLifeOptions;
  #opening: Promise<void> | undefined;
  #hasOpened = false;
  #closing: Promise<void> | undefined;

  constructor(options: ServiceLifeOptions) {
    this.#options = options;
  }

  /** It has opened, and is not closing. */
  get isOpen(): boolean {
    return this.#hasOpened && this.#closing === undefined;
  }

  get isClosed(): boolean {
    return this.#closing !== undefined;
  }

  /** Throws SESSIONS_CLOSED. */
  throwIfClosed(operation: string): void {
    if (!this.isClosed) return;
    throw sessionFaults.SESSIONS_CLOSED({ operation, reason: 'it is closed' });
  }

  /** Opens it where nobody has; undefined: it is open. */
  ready(): Promise<void> | undefined {
    return this.#hasOpened ? undefined : this.open();
  }

  async open(): Promise<void> {
    this.throwIfClosed('open');
    this.#opening ??= this.#open().catch((error: unknown) => {
      this.#opening = undefined;
      throw sessionFaultOf(error, 'open', undefined);
    });
    return this.#opening;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #open(): Promise<void> {
    const { parts, onOpen } = this.#options;
    await this.#reachPrimary();
    await parts.ownership.open();
    this.#hasOpened = true;
    if (this.isOpen) onOpen();
  }

  async #close(): Promise<void> {
    const { parts, idle } = this.#options;
    await idle();
    await this.#opening?.catch(() => undefined);
    await this.#bringIn();
    await parts.ownership.close();
    await parts.fallback?.store.close();
  }

  /** The first connection, and the schema that it makes, may take longer than an answer does later: that is no outage. */
  async #reachPrimary(): Promise<void> {
    const isThere = await this.#options.parts.primary.get(CLEANUP_CURSOR).then(
      () => true,
      () => false, // the fallback goes on without it
    );
    if (isThere) await this.#settled();
  }

  /** Waits a while for the journal to be in the primary, if that is there. What is left is for the next life. */
  async #bringIn(): Promise<void> {
    if (this.#options.parts.fallback?.state().state === 'returning') await this.#settled();
  }

  async #settled(): Promise<void> {
    const { parts, clock } = this.#options;
    if (parts.isNormal || parts.fallback === undefined) return;
    const patience = new AbortController();
    const timer = clock.schedule(BRING_IN_MS, () => patience.abort());
    await parts.fallback.store.settled({ signal: patience.signal }).catch(() => undefined);
    timer.cancel();
  }
}

const BRING_IN_MS = 5000;
