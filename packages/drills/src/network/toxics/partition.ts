import type { FlowToxic } from '../toxic.ts';

/**
 * The network is cut: nothing passes and nothing is lost. With a direction, only that one. What is sent piles up in the
 * systems' buffers until the sender has to wait, ends and resets stay unseen, and when it is ended all of it arrives, as
 * TCP has it by sending again.
 */
export function partition(): FlowToxic {
  return {
    on: 'flow',
    what: 'partition',
    substitute: 'new connections are made and hear nothing, where a network would leave SYNs unanswered',
    stage: () => ({ bytes: () => ({ fate: 'hold' }), close: () => ({ fate: 'hold' }) }),
  };
}
