import type { Fault } from '../faults/index.ts';
import type { SignalChannel, Signals } from '../signals/index.ts';
import type { ExitReason } from './exit-reason.ts';
import type { Slot } from './slot.ts';
import {
  type ChildReport,
  childAbandoned,
  childExited,
  childRestarted,
  childStarted,
  supervisorGaveUp,
} from './supervision-signals.ts';

/** How a child ended and what follows. */
export interface ChildEnd {
  readonly reason: ExitReason;
  readonly action: 'restart' | 'replace' | 'leave' | 'stop' | 'give-up';
  readonly why: string;
  readonly delayMs: number;
  readonly ranMs: number;
}

type DataOf<Type> = Type extends { readonly _data?: infer Data } ? NonNullable<Data> : never;

/** Says as signals what a supervisor does. */
export class SupervisorReports {
  readonly #path: string;
  readonly #started: SignalChannel<DataOf<typeof childStarted>>;
  readonly #restarted: SignalChannel<DataOf<typeof childRestarted>>;
  readonly #exited: SignalChannel<DataOf<typeof childExited>>;
  readonly #abandoned: SignalChannel<DataOf<typeof childAbandoned>>;
  readonly #gaveUp: SignalChannel<DataOf<typeof supervisorGaveUp>>;

  constructor(path: string, signals: Signals) {
    this.#path = path;
    this.#started = signals.channel(childStarted);
    this.#restarted = signals.channel(childRestarted);
    this.#exited = signals.channel(childExited);
    this.#abandoned = signals.channel(childAbandoned);
    this.#gaveUp = signals.channel(supervisorGaveUp);
  }

  started(slot: Slot, nowMs: number, restartsInWindow: number): void {
    const report = this.#about(slot, restartsInWindow);
    const startMs = nowMs - slot.beganMs;
    if (slot.startedOnce) {
      this.#restarted.emit({ ...report, startMs, downMs: nowMs - slot.endedMs }, this.#origin());
    } else {
      this.#started.emit({ ...report, startMs }, this.#origin());
    }
  }

  exited(slot: Slot, restartsInWindow: number, end: ChildEnd): void {
    const { reason, action, why, delayMs, ranMs } = end;
    this.#exited.emit(
      {
        ...this.#about(slot, restartsInWindow),
        reason: reason.kind,
        ...(reason.kind === 'failed' && { fault: reason.fault }),
        action,
        why,
        delayMs,
        ranMs,
      },
      this.#origin(),
    );
  }

  abandoned(slot: Slot, restartsInWindow: number, fault: Fault): void {
    this.#abandoned.emit({ ...this.#about(slot, restartsInWindow), fault }, this.#origin());
  }

  gaveUp(slot: Slot, restartsInWindow: number, fault: Fault): void {
    this.#gaveUp.emit({ ...this.#about(slot, restartsInWindow), fault }, this.#origin());
  }

  #about(slot: Slot, restartsInWindow: number): ChildReport {
    return { supervisor: this.#path, child: slot.spec.id, restarts: slot.restarts, restartsInWindow };
  }

  #origin(): { readonly source: string } {
    return { source: this.#path };
  }
}
