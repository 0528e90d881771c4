import { type Breaker, breaker, breakerFaults, timeout } from '@sustain/kernel';
import { drill } from '../../drill/index.ts';
import { sourceOf } from '../source-of.ts';
import { type WebClient, webClient } from './web-client.ts';

interface GuardedClient extends WebClient {
  readonly circuit: Breaker;
}

export const circuitOpened = drill<GuardedClient>({
  name: 'server-goes-down',
  fault: breakerFaults.CIRCUIT_OPEN,
  kind: 'network',
  breaks: 'the server that is called goes down',
  recovers: 'its circuit opens, a kept answer stands in at once, and probes find out when it is back',
  notices: 'an older answer',
  async subject(scene) {
    const circuit = breaker({ name: 'server', consecutive: 3, openMs: 20 });
    return Object.assign(await webClient(scene, circuit, timeout(500)), { circuit });
  },
  async inject({ server }, scene) {
    scene.inject(await server.down());
  },
  afterwards({ circuit }) {
    if (circuit.phase.state !== 'closed') throw new Error(`the circuit is ${circuit.phase.state}`);
  },
  limits: { restoreMs: 2000 },
  sabotage: {
    file: sourceOf('packages/kernel/src/policies/breaker/phases.ts'),
    replace: "rules.ramp(circuit, 'probes-succeeded');",
    by: 'return;',
  },
});
