import type { FlowToxic } from '../toxic.ts';

export interface HalfOpenOptions {
  /** Which side is gone, as when its machine loses power. Its own program sees a reset. */
  readonly gone: 'client' | 'server';
}

/**
 * One side is gone without a word: the other has a connection that is open, takes what is written and stays silent. Of
 * the connections that are open when it is added; new ones work, unless `connections` says otherwise. None of them can
 * flow again: when it is ended they are reset, as by a machine that has come back and does not know them.
 */
export function halfOpen({ gone }: HalfOpenOptions): FlowToxic {
  if (gone !== 'client' && gone !== 'server') {
    throw new TypeError(`gone must be 'client' or 'server'; got ${JSON.stringify(gone)}`);
  }
  return {
    on: 'flow',
    what: `half-open connections, the ${gone} gone`,
    substitute: 'the proxy still acknowledges for it, so TCP keep-alive notices nothing',
    connections: 'open',
    takesAway: gone,
    breaksForGood: true,
    stage: () => ({ bytes: () => ({ fate: 'lose' }), close: () => ({ fate: 'lose' }) }),
  };
}
