import type { Random } from '@sustain/kernel';

/**
 * What a process has written. It reads what it wrote; a crash leaves of what was not synced by then each write, none of it,
 * or its beginning.
 */
export interface Disk {
  read(path: string): string | undefined;
  /** In the order of their names. */
  list(): readonly string[];
  write(path: string, text: string): void;
  append(path: string, text: string): void;
  remove(path: string): void;
  /** Makes all that was done before stay. */
  sync(): void;
}

type Change =
  | { readonly what: 'write' | 'append'; readonly path: string; readonly text: string }
  | { readonly what: 'remove'; readonly path: string };

export class SimulatedDisk implements Disk {
  #files = new Map<string, string>();
  #synced = new Map<string, string>();
  #unsynced: Change[] = [];

  read(path: string): string | undefined {
    return this.#files.get(path);
  }

  list(): readonly string[] {
    return [...this.#files.keys()].sort();
  }

  write(path: string, text: string): void {
    this.#change({ what: 'write', path, text });
  }

  append(path: string, text: string): void {
    this.#change({ what: 'append', path, text });
  }

  remove(path: string): void {
    this.#change({ what: 'remove', path });
  }

  sync(): void {
    for (const change of this.#unsynced) apply(change, this.#synced);
    this.#unsynced = [];
  }

  /** The process dies. */
  crash(random: Random): void {
    for (const change of this.#unsynced) {
      const chance = random.next();
      const torn = random.next();
      if (chance < 1 / 3) continue;
      if (chance < 2 / 3 && change.what !== 'remove') {
        apply({ ...change, text: change.text.slice(0, Math.floor(torn * change.text.length)) }, this.#synced);
      } else apply(change, this.#synced);
    }
    this.#unsynced = [];
    this.#files = new Map(this.#synced);
  }

  #change(change: Change): void {
    apply(change, this.#files);
    this.#unsynced.push(change);
  }
}

function apply(change: Change, files: Map<string, string>): void {
  const { path } = change;
  if (change.what === 'remove') files.delete(path);
  else files.set(path, change.what === 'write' ? change.text : (files.get(path) ?? '') + change.text);
}
