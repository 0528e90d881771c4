import type { Outlet } from './outlet.ts';

/** Writes down what comes, and is full when told to. */
export class RecordingOutlet implements Outlet {
  readonly seen: string[] = [];
  onRoom: () => void = () => undefined;
  #isFull = false;

  get isFull(): boolean {
    return this.#isFull;
  }

  fill(): void {
    this.#isFull = true;
  }

  drain(): void {
    this.#isFull = false;
    this.onRoom();
  }

  bytes(bytes: Buffer): void {
    this.seen.push(`${bytes}`);
  }

  close(how: 'end' | 'reset'): void {
    this.seen.push(how);
  }
}
