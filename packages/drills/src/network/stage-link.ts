import type { Clock, Timer } from '@sustain/kernel';
import type { Outlet } from './outlet.ts';
import type { CloseFate, Fate, Stage } from './toxic.ts';

/** What a chunk takes in memory besides its bytes, roughly: many small ones must not escape the limit. */
const CHUNK_COST_BYTES = 256;

type Item =
  | { readonly kind: 'bytes'; readonly bytes: Buffer; readonly arrivedMs: number }
  | { readonly kind: 'end' | 'reset'; readonly arrivedMs: number };

/** Carries out what a stage decides: holds what has to wait, in order, and hands it on when its time has come. */
export class StageLink implements Outlet {
  readonly #stage: Stage;
  readonly #clock: Clock;
  readonly #windowBytes: number;
  readonly #onHit: () => void;
  readonly #queue: Item[] = [];
  #next: Outlet;
  #heldBytes = 0;
  /** Of the first in the queue, while it waits for its time or for room. */
  #decided: Fate | CloseFate | undefined;
  #timer: Timer | undefined;
  #isOver = false;
  #isPumping = false;
  onRoom: () => void = () => undefined;

  /** `onHit` is called whenever the stage does something. */
  constructor(stage: Stage, next: Outlet, clock: Clock, onHit: () => void) {
    this.#stage = stage;
    this.#clock = clock;
    this.#windowBytes = stage.windowBytes ?? 0;
    this.#onHit = onHit;
    this.#next = next;
  }

  get isFull(): boolean {
    return this.#heldBytes > this.#windowBytes;
  }

  bytes(bytes: Buffer): void {
    this.#heldBytes += cost(bytes);
    this.#queue.push({ kind: 'bytes', bytes, arrivedMs: this.#clock.monotonicMs() });
    this.#pump();
  }

  close(how: 'end' | 'reset'): void {
    this.#queue.push({ kind: how, arrivedMs: this.#clock.monotonicMs() });
    this.#pump();
  }

  leadTo(next: Outlet): void {
    this.#next = next;
    next.onRoom = () => this.#pump();
  }

  /** Takes it out of the path: what it holds goes on at once. Whoever led to it now leads to the next. */
  dissolve(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const decided = this.#decided;
    const queue = this.#queue.splice(0);
    this.#heldBytes = 0;
    if (this.#isOver) return;
    for (const [place, item] of queue.entries()) {
      if (item.kind !== 'bytes') this.#next.close(item.kind);
      else if (place === 0 && decided?.fate === 'pass' && 'bytes' in decided) {
        this.#next.bytes(decided.bytes);
        if (decided.rest !== undefined) this.#next.bytes(decided.rest);
      } else this.#next.bytes(item.bytes);
    }
  }

  #pump(): void {
    if (this.#timer !== undefined || this.#isPumping) return;
    const wasFull = this.isFull;
    this.#isPumping = true;
    while (this.#queue[0] !== undefined && !this.#next.isFull && this.#moveOn(this.#queue[0]));
    this.#isPumping = false;
    if (wasFull && !this.isFull) this.onRoom();
  }

  /** Does what is decided about the first; answers whether it has gone. */
  #moveOn(item: Item): boolean {
    if (this.#isOver) return this.#shift(item);
    this.#decided ??= this.#decide(item);
    const decided = this.#decided;
    switch (decided.fate) {
      case 'hold':
        return false;
      case 'lose':
        return this.#shift(item);
      case 'pass': {
        const waitMs = decided.atMs - this.#clock.monotonicMs();
        if (waitMs > 0) {
          this.#wait(waitMs);
          return false;
        }
        if (item.kind !== 'bytes') this.#next.close(item.kind);
        else if ('bytes' in decided) return this.#pass(item, decided.bytes, decided.rest);
        return this.#shift(item);
      }
      default:
        this.#isOver = true;
        if (decided.bytes.length > 0) this.#next.bytes(decided.bytes);
        this.#next.close(decided.fate);
        return this.#shift(item);
    }
  }

  #decide(item: Item): Fate | CloseFate {
    const { arrivedMs } = item;
    const now: CloseFate = { fate: 'pass', atMs: arrivedMs };
    const decided =
      item.kind === 'bytes'
        ? this.#stage.bytes(item.bytes, arrivedMs)
        : (this.#stage.close?.(item.kind, arrivedMs) ?? now);
    const isUntouched =
      decided.fate === 'pass' &&
      decided.atMs <= arrivedMs &&
      (!('bytes' in decided) || item.kind !== 'bytes' || decided.bytes === item.bytes);
    if (!isUntouched) this.#onHit();
    return decided;
  }

  #pass(item: Item & { kind: 'bytes' }, bytes: Buffer, rest: Buffer | undefined): boolean {
    this.#shift(item);
    if (rest !== undefined) {
      this.#queue.unshift({ ...item, bytes: rest });
      this.#heldBytes += cost(rest);
    }
    this.#next.bytes(bytes);
    return true;
  }

  #shift(item: Item): boolean {
    this.#queue.shift();
    this.#decided = undefined;
    if (item.kind === 'bytes') this.#heldBytes -= cost(item.bytes);
    return true;
  }

  #wait(waitMs: number): void {
    const due = () => {
      this.#timer = undefined;
      this.#pump();
    };
    this.#timer = this.#clock.schedule(waitMs, due, { keepAlive: false });
  }
}

function cost(bytes: Buffer): number {
  return bytes.length + CHUNK_COST_BYTES;
}
