import {
  type Breaker,
  type BreakerTransition,
  breaker,
  breakerChanged,
  type SignalSink,
} from '@sustain/kernel';
import { checkKey } from '../limits.ts';
import { type ClusterDecision, type ClusterIsolation, clusterKeys } from './cluster-records.ts';
import { ISOLATION_ID_LENGTH, isolateCluster, releaseCluster } from './isolate-cluster.ts';
import { countedVotes, votesNeeded } from './quorum.ts';
import { clusterTerms, type SharedBreakerOptions } from './shared-breaker-options.ts';
import { SharedCircuit } from './shared-circuit.ts';

/** A breaker of one instance that knows those of the others. */
export interface SharedBreaker<T = unknown> extends Breaker<T>, AsyncDisposable {
  /** Which instance this is. */
  readonly instance: string;
  /** What is known of all; `breakerState` tells of this one. */
  cluster(): ClusterState;
  /**
   * Isolates the breakers of all instances, those to come included, until it is released, by the answered function or by
   * `releaseAll`: it outlives the process. `by` is shown to all. Rejects as the store does; the others hear of it as soon
   * as they can.
   */
  isolateAll(by: string): Promise<() => Promise<void>>;
  /** Ends what anybody has isolated by `isolateAll`. Rejects as the store does. */
  releaseAll(): Promise<void>;
  /** Leaves the others. The breaker goes on alone. Never rejects; harmless when repeated. */
  close(): Promise<void>;
}

export interface ClusterState {
  /** `alone`: the store cannot be reached, or not yet. The rest is then as it was last known. */
  readonly state: 'together' | 'alone';
  /** Those that live. */
  readonly instances: readonly string[];
  /** Those of them that have opened by themselves since the last decision. */
  readonly votes: readonly string[];
  readonly votesNeeded: number;
  /** What was decided last; undefined when nothing ever was, and all are closed. */
  readonly decision: ClusterDecision | undefined;
  /** This instance has the turn to probe for all. */
  readonly isProbing: boolean;
  readonly isolatedBy: readonly ClusterIsolation[];
}

/**
 * A breaker like `breaker`, whose trips and recoveries all instances share that give it the same name and store. Throws a
 * RangeError or TypeError when an option is out of range, KEY_INVALID when the names are too long for the store.
 *
 * Decisions are local: no call waits for the store, and none sees its errors. What fails here opens here, at once; when a
 * `quorum` of instances has opened, all do, for as long as the one that finds this out. When the wait is over and calls
 * come, one instance at a time may probe for all: its success closes all, by their `ramp`, its failure opens them again.
 * One that dies or gets no calls makes room for another. An instance that opens alone probes alone.
 *
 * While the store is away each goes by its own rules, says so, and follows the others again when it is back; isolation by
 * `isolateAll` stays. What is held or reset by hand is so here only, whatever the others decide: what is held until it is
 * released, what is reset until their next decision. Limits that the service tells are not shared.
 */
export function sharedBreaker<T = never>(
  options: SharedBreakerOptions<T>,
): SharedBreaker<[T] extends [never] ? unknown : T> {
  const terms = clusterTerms(options as SharedBreakerOptions<never>);
  const { name, store, instance, clock, signals } = terms;
  const keys = clusterKeys(name);
  for (const longest of [
    keys.members + instance,
    keys.isolations + '0'.repeat(ISOLATION_ID_LENGTH),
    keys.probe,
  ]) {
    checkKey(store.name, longest);
  }
  let circuit: SharedCircuit | undefined;
  const local = breaker<T>({
    ...options,
    clock,
    signals: hearing(signals, (transition) => circuit?.changed(transition)),
    mayProbe: () => circuit?.mayProbe() ?? true,
  });
  const { openMs, probeDeadlineMs = typeof openMs === 'number' ? openMs : 60_000 } = options;
  const shared = new SharedCircuit(terms, local as Breaker, probeDeadlineMs);
  circuit = shared;
  const close = () => shared.close();
  return Object.assign(local, {
    instance,
    cluster: () => clusterState(shared, terms.quorum),
    isolateAll: (by: string) => isolateCluster(terms, shared, by),
    releaseAll: () => releaseCluster(terms, shared),
    close,
    [Symbol.asyncDispose]: close,
  });
}

function clusterState({ link, isProbing }: SharedCircuit, quorum: number): ClusterState {
  const { members, decision, isolations } = link.mirror;
  return {
    state: link.isTogether ? 'together' : 'alone',
    instances: [...members.keys()],
    votes: countedVotes(members, decision.revision),
    votesNeeded: votesNeeded(quorum, members.size),
    decision: decision.what,
    isProbing,
    isolatedBy: [...isolations.values()],
  };
}

/** The same signals, and what the breaker says of itself told to `changed` first. */
function hearing(signals: SignalSink, changed: (transition: BreakerTransition) => void): SignalSink {
  return {
    channel(type) {
      const channel = signals.channel(type);
      if (type.type !== breakerChanged.type) return channel;
      return {
        heard: true,
        emit(data, origin) {
          channel.emit(data, origin);
          changed(data as BreakerTransition);
        },
      };
    },
  };
}
