import { jsonTextBytes } from '../checks/index.ts';
import type { SessionState } from '../session/index.ts';

/** What a session's own state takes as JSON in UTF-8, about, and each name of it. */
export class StateSizes {
  #totalBytes = 0;
  /** By name. Made with the first change: most sessions that are read are not changed soon. */
  #bytes: Map<string, number> | undefined;

  constructor(state: SessionState) {
    for (const name in state) this.#totalBytes += bytesOf(name, state[name]);
  }

  get totalBytes(): number {
    return this.#totalBytes;
  }

  /** All of it with `set` in it, which takes `setBytes`. `state`: what it is now. */
  totalBytesWith(state: SessionState, set: SessionState | undefined, setBytes: number): number {
    if (set === undefined) return this.#totalBytes;
    const bytes = this.#byName(state);
    let replaced = 0;
    for (const name of Object.keys(set)) replaced += bytes.get(name) ?? 0;
    return this.#totalBytes + setBytes - replaced;
  }

  /** `state`: what it was before. */
  change(state: SessionState, set: SessionState | undefined, remove: readonly string[] | undefined): void {
    const bytes = this.#byName(state);
    for (const name of remove ?? []) {
      this.#totalBytes -= bytes.get(name) ?? 0;
      bytes.delete(name);
    }
    for (const [name, value] of Object.entries(set ?? {})) {
      const newBytes = bytesOf(name, value);
      this.#totalBytes += newBytes - (bytes.get(name) ?? 0);
      bytes.set(name, newBytes);
    }
  }

  #byName(state: SessionState): Map<string, number> {
    this.#bytes ??= new Map(Object.entries(state).map(([name, value]) => [name, bytesOf(name, value)]));
    return this.#bytes;
  }
}

function bytesOf(name: string, value: unknown): number {
  return name.length + NAME_BYTES + (typeof value === 'string' ? jsonTextBytes(value) : jsonBytes(value));
}

function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value) ?? '');
}

/** Quotes, colon, comma. */
const NAME_BYTES = 4;
