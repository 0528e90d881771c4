import { breaker, fallback, isolate, pipeline, retry, timeout } from '@sustain/kernel';
import * as cockatiel from 'cockatiel';
import CircuitBreaker from 'opossum';
import type { BenchFigure } from '../bench-case.ts';
import { beside, ignore, work } from './beside.ts';

function ours() {
  const circuit = breaker({ name: 'bench' });
  isolate(circuit);
  return circuit;
}

function cockatiels() {
  const circuit = cockatiel.circuitBreaker(cockatiel.handleAll, {
    halfOpenAfter: 10_000,
    breaker: new cockatiel.ConsecutiveBreaker(1),
  });
  circuit.isolate();
  return circuit;
}

function opossums() {
  const circuit = new CircuitBreaker(work, { timeout: 2000, resetTimeout: 10_000 });
  circuit.open();
  return circuit;
}

/** A call that an open circuit refuses, caught. */
export async function openReject(): Promise<BenchFigure[]> {
  const own = pipeline(ours());
  const theirs = cockatiels();
  const opossum = opossums();
  const figures = await beside({
    ours: () => own.run(work).catch(ignore),
    cockatiel: () => theirs.execute(work).catch(ignore),
    opossum: () => opossum.fire().catch(ignore),
  });
  opossum.shutdown();
  return figures;
}

/** A call that an open circuit refuses, answered by a fallback's value. */
export async function openRejectFallback(): Promise<BenchFigure[]> {
  const own = pipeline(fallback(0), retry(), ours(), timeout(2000));
  const wrapped = cockatiel.wrap(cockatiel.fallback(cockatiel.handleAll, 0), cockatiels());
  const opossum = opossums();
  opossum.fallback(() => 0);
  const figures = await beside({
    ours: () => own.run(work),
    cockatiel: () => wrapped.execute(work),
    opossum: () => opossum.fire(),
  });
  opossum.shutdown();
  return figures;
}
