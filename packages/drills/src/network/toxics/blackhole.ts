import type { FlowToxic } from '../toxic.ts';

/**
 * Accepts connections, reads what is sent, and forwards nothing, not even an end: toxiproxy's `timeout: 0`. A stream that
 * has lost something cannot go on, so connections that have are reset when it is ended; others flow again. For a network
 * that is cut and mended, which TCP outlives, there is `partition`.
 */
export function blackhole(): FlowToxic {
  return {
    on: 'flow',
    what: 'blackhole',
    substitute: 'the proxy acknowledges what it loses, where a network would leave it unacknowledged',
    breaksForGood: true,
    stage: () => ({ bytes: () => ({ fate: 'lose' }), close: () => ({ fate: 'lose' }) }),
  };
}
