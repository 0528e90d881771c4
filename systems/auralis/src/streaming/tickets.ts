import { randomBytes } from 'node:crypto';
import type { Clock } from '@sustain/kernel';
import { AnsweredControls } from './answered-controls.ts';

/** What is known of a listener beyond its connection. */
export interface Ticket {
  /** Names it to the server; who has it may take the listener's place. */
  readonly token: string;
  readonly answered: AnsweredControls;
}

export interface TicketsOptions {
  readonly clock: Clock;
  /** How many of those who left are remembered; the first to leave are forgotten first. Default 1000. */
  readonly mostLeft?: number;
  /** How long. Default 120,000. */
  readonly keptMs?: number;
}

/** The tickets of all who listen, and for 120 s of those who left. Its memory is bounded. */
export class Tickets {
  readonly #options: Required<TicketsOptions>;
  readonly #here = new Map<string, Ticket>();
  /** In the order of leaving. */
  readonly #left = new Map<string, { readonly ticket: Ticket; readonly untilMs: number }>();

  constructor({ clock, mostLeft = 1000, keptMs = 120_000 }: TicketsOptions) {
    this.#options = { clock, mostLeft, keptMs };
  }

  /** How many are remembered. */
  get size(): number {
    return this.#here.size + this.#left.size;
  }

  /** A new one, for who comes now. */
  issue(): Ticket {
    const token = randomBytes(16).toString('base64url');
    return this.#enter({ token, answered: new AnsweredControls(this.#options.clock) });
  }

  /** The ticket of who comes back; undefined when it is not known, or was too long ago. */
  claim(token: string): Ticket | undefined {
    this.#forget();
    const ticket = this.#here.get(token) ?? this.#left.get(token)?.ticket;
    return ticket && this.#enter(ticket);
  }

  /** Its listener is gone, and may come back. */
  leave(ticket: Ticket): void {
    this.#here.delete(ticket.token);
    this.#left.delete(ticket.token);
    const untilMs = this.#options.clock.monotonicMs() + this.#options.keptMs;
    this.#left.set(ticket.token, { ticket, untilMs });
    this.#forget();
  }

  #enter(ticket: Ticket): Ticket {
    this.#left.delete(ticket.token);
    this.#here.set(ticket.token, ticket);
    return ticket;
  }

  #forget(): void {
    const nowMs = this.#options.clock.monotonicMs();
    for (const [token, { untilMs }] of this.#left) {
      if (untilMs > nowMs && this.#left.size <= this.#options.mostLeft) break;
      this.#left.delete(token);
    }
  }
}
