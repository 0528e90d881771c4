import type { Transferable } from 'node:worker_threads';
import { classify, headOf } from '../faults/index.ts';
import type { ChildSpec, ExitReason } from '../supervision/index.ts';
import { nodeFaults } from './node-faults.ts';

/**
 * The way to a supervised process or thread, whichever of its runs is up. Stays the same over restarts.
 *
 * A listener's throw is the owner's bug and reaches the host as uncaught.
 */
export interface ChildPort<ToChild, FromChild> {
  /** Whether there is a process to talk to; it need not be ready. */
  readonly up: boolean;
  /** The process id; undefined while it is down, and always of threads. */
  readonly pid: number | undefined;
  /**
   * Resolves when the message is handed to the system, or is dropped because the child has been killed meanwhile:
   * it proves nothing once `onDown` has been called; what is in flight when the child dies is lost. Rejects with
   * CHILD_NOT_RUNNING while it is down, or when it is found to have ended, with MESSAGE_NOT_SENT when the message cannot
   * be sent. What is in `transfer` moves instead of being copied, where the child is a thread.
   */
  send(message: ToChild, transfer?: readonly Transferable[]): Promise<void>;
  /** Hears every message of the run that is up; nothing of a run that has ended. Answers the way to stop. */
  onMessage(listener: (message: FromChild) => void): () => void;
  /** Called when there is a new process to talk to. */
  onUp(listener: () => void): () => void;
  /** Called when it has ended, before it is restarted: what was asked of it will not be answered. */
  onDown(listener: (reason: ExitReason) => void): () => void;
  /** Ends it at once, for an owner that sees it hang; its supervisor restarts it. Harmless while it is down. */
  kill(): void;
}

/** A child that one can talk to. */
export interface PortChild<ToChild, FromChild> extends ChildSpec {
  readonly port: ChildPort<ToChild, FromChild>;
}

/** What a port needs of one run of the child. */
export interface Link<ToChild> {
  readonly pid: number | undefined;
  /** Throws what cannot be sent. */
  send(message: ToChild, transfer: readonly Transferable[]): Promise<void> | void;
  kill(): void;
}

/** What is said of a process that has just ended, before its end is heard of. */
const GONE = /^(EPIPE|ECONNRESET|ERR_IPC_CHANNEL_CLOSED)$/;

/** The end of a port that the child's runs are plugged into. */
export class PortSocket<ToChild, FromChild> implements ChildPort<ToChild, FromChild> {
  readonly #child: string;
  readonly #message = new Set<(message: FromChild) => void>();
  readonly #up = new Set<() => void>();
  readonly #down = new Set<(reason: ExitReason) => void>();
  #link: Link<ToChild> | undefined;

  constructor(child: string) {
    this.#child = child;
  }

  get up(): boolean {
    return this.#link !== undefined;
  }

  get pid(): number | undefined {
    return this.#link?.pid;
  }

  async send(message: ToChild, transfer: readonly Transferable[] = []): Promise<void> {
    if (this.#link === undefined) throw nodeFaults.CHILD_NOT_RUNNING({ child: this.#child });
    try {
      await this.#link.send(message, transfer);
    } catch (error) {
      if (GONE.test(`${headOf(error).code}`)) {
        throw nodeFaults.CHILD_NOT_RUNNING({ child: this.#child }, { cause: error });
      }
      const problem = classify(error).message;
      throw nodeFaults.MESSAGE_NOT_SENT({ child: this.#child, problem }, { cause: error });
    }
  }

  onMessage(listener: (message: FromChild) => void): () => void {
    return listen(this.#message, (message) => listener(message));
  }

  onUp(listener: () => void): () => void {
    return listen(this.#up, () => listener());
  }

  onDown(listener: (reason: ExitReason) => void): () => void {
    return listen(this.#down, (reason) => listener(reason));
  }

  kill(): void {
    this.#link?.kill();
  }

  plug(link: Link<ToChild>): void {
    if (this.#link !== undefined) this.unplug(this.#link, this.#abandoned());
    this.#link = link;
    for (const listener of [...this.#up]) listener();
  }

  /** Of a run that did not stop whatever was done: what was asked of it will not be answered. */
  #abandoned(): ExitReason {
    return { kind: 'failed', fault: nodeFaults.CHILD_NOT_RUNNING({ child: this.#child }) };
  }

  deliver(link: Link<ToChild>, message: FromChild): void {
    if (link !== this.#link) return; // A run that was abandoned.
    for (const listener of [...this.#message]) listener(message);
  }

  unplug(link: Link<ToChild>, reason: ExitReason): void {
    if (link !== this.#link) return;
    this.#link = undefined;
    for (const listener of [...this.#down]) listener(reason);
  }
}

function listen<Listener>(listeners: Set<Listener>, listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
