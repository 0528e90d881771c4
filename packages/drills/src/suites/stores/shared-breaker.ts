import { join } from 'node:path';
import { pipeline, Signals } from '@sustain/kernel';
import { type SharedBreaker, sharedBreaker, storeFaults } from '@sustain/stores';
import { sqliteStore } from '@sustain/stores/sqlite';
import { type DrillSubject, drill } from '../../drill/index.ts';
import { sourceOf } from '../source-of.ts';
import { heldFile } from './fallback-program.ts';

/** Calls a service, and shares what it finds out about it with others. */
interface SharingCaller extends DrillSubject {
  readonly path: string;
  readonly circuit: SharedBreaker;
}

export const sharedBreakerAlone = drill<SharingCaller>({
  name: 'shared-breaker-without-its-store',
  fault: storeFaults.STORE_UNAVAILABLE,
  kind: 'server',
  breaks: 'another program holds the file by which circuits are shared',
  recovers: 'each caller decides by what it sees itself, and follows the others again when the file is free',
  notices: 'nothing',
  subject(scene) {
    const { random } = scene;
    const path = join(scene.folder(), 'circuits.db');
    const store = sqliteStore({ path, durability: 'process-death', busyTimeoutMs: 1 });
    const signals = new Signals();
    const circuit = sharedBreaker({ name: 'service', store, instanceTtlMs: 300, random, signals });
    const calls = pipeline({ name: 'caller', signals }, circuit);
    return {
      drillable: true,
      signals,
      path,
      circuit,
      async use(signal) {
        const answer = await calls.run(() => 'answer', { signal });
        if (answer !== 'answer') throw new Error(`expected an answer, got ${answer}`);
        return circuit.cluster().state === 'together' ? 'full' : 'fallback';
      },
      async close() {
        await circuit.close();
        await store.close();
      },
    };
  },
  inject({ path }, scene) {
    scene.inject(heldFile(path));
  },
  limits: { detectMs: 2000, recoveryMs: 500, restoreMs: 4000 },
  afterwards({ circuit }) {
    const { instances, decision } = circuit.cluster();
    if (instances.length !== 1 || decision !== undefined) {
      throw new Error(`nothing was to be decided: ${JSON.stringify(circuit.cluster())}`);
    }
  },
  sabotage: {
    file: sourceOf('packages/stores/src/shared-breaker/cluster-link.ts'),
    replace: 'const delayMs = Math.min(RETRY_MS',
    by: "if (this.#told === 'alone') return;\n      const delayMs = Math.min(RETRY_MS",
  },
});
