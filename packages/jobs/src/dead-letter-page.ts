import { checkOptions } from '@sustain/kernel/options';
import type { DeadLetterOptions } from './contract.ts';

/** @internal Where a page of dead letters begins: after what died then, under that id. */
export interface DeadLetterPlace {
  readonly endedWallMs: number;
  readonly id: string;
  readonly limit: number;
}

/** @internal Throws a RangeError or TypeError. */
export function deadLetterPlace({ after, limit = 20 }: DeadLetterOptions): DeadLetterPlace {
  checkOptions('page', { limit: [limit, { least: 1, most: 100, whole: true }] });
  if (after === undefined) return { endedWallMs: 0, id: '', limit };
  const match = /^(\d{1,16}):([\w-]{1,64})$/.exec(after);
  if (match === null) {
    throw new RangeError(`after of the page must be what the page before had as next; got ${String(after)}`);
  }
  return { endedWallMs: Number(match[1]), id: match[2] as string, limit };
}

/** @internal */
export function deadLetterCursor(endedWallMs: number, id: string): string {
  return `${Math.floor(endedWallMs)}:${id}`;
}
