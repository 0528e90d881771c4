import { classify, type Fault } from '../faults/index.ts';
import type { SignalType } from '../signals/index.ts';
import { runOutside, type Timer } from '../time/index.ts';
import type { ChildSpec, Supervisor, SupervisorView } from './child.ts';
import { createRun, type LiveStatus } from './child-run.ts';
import type { ChildEnd, ExitReason } from './exit-reason.ts';
import { decideRestart, nextBackoffMs } from './restart-decision.ts';
import type { SupervisorStatus } from './status.ts';
import { isSimple, isUnordered, nextInOrder, restartedWith } from './strategy.ts';
import type { Child } from './supervised-child.ts';
import { childFault, stopped, supervisionFaults } from './supervision-faults.ts';
import { type ChildReport, childExited, childStarted } from './supervision-signals.ts';
import { checkChild, checkSupervisorOptions, type SupervisorOptions } from './supervisor-options.ts';

/** `path` is where it stands in a tree; default its id. Throws a RangeError when an option is out of range. */
export function createSupervisor(options: SupervisorOptions, path: string = options.id): Supervisor {
  const { children: specs, strategy, limits, clock, random, signals } = checkSupervisorOptions(options);
  /** In the order of their arrival. */
  const children = new Map<string, Child>();
  const started = Promise.withResolvers<void>();
  const exited = Promise.withResolvers<ExitReason>();
  let state: SupervisorStatus['state'] = 'idle';
  /** When children were restarted, in monotonic milliseconds. */
  let restartsMs: number[] = [];
  let leaving = false;

  for (const spec of specs) newChild(spec);
  started.promise.catch(() => undefined); // Who does not wait for the start reads `exited`.

  return {
    exited: exited.promise,

    start() {
      if (state === 'idle') {
        state = 'starting';
        children.forEach(step);
        step();
      }
      return started.promise;
    },

    stop() {
      void shutDown();
      return exited.promise;
    },

    add(spec) {
      checkChild(spec);
      const problem = leaving ? 'stopping' : children.has(spec.id) && 'duplicate';
      if (problem) return Promise.reject(childFault(supervisionFaults.CHILD_REFUSED, path, spec.id, problem));
      const added = Promise.withResolvers<void>();
      added.promise.catch(() => undefined); // Who does not wait for it hears the reports.
      step(newChild(spec, added));
      return added.promise;
    },

    async remove(childId) {
      const child = children.get(childId);
      await child?.remove();
      return !!child;
    },

    restart(childId, cause = 'restart by hand') {
      const child = children.get(childId);
      if (!child) return [...children.values()].some((other) => below(other)?.restart(childId, cause));
      const { now, run, removed } = child;
      if (leaving || removed) return false;
      if (now.state === 'running') run?.stop({ reason: 'requested', fault: classify(cause) });
      else if (now.state === 'ended') {
        now.state = 'waiting';
        step(child);
      } else return false;
      return true;
    },

    below: (childId) => below(children.get(childId)),

    status: () => ({
      id: path,
      state,
      restartsInWindow: restartsInWindow(),
      children: [...children.values()].map((child) => ({ ...child.now, supervisor: below(child)?.status() })),
    }),
  };

  function below(child: Child | undefined): SupervisorView | undefined {
    return child?.run?.child?.supervisor;
  }

  function restartsInWindow(): number {
    const nowMs = clock.monotonicMs();
    restartsMs = restartsMs.filter((atMs) => nowMs - atMs < limits.withinMs);
    return restartsMs.length;
  }

  /** Looks where all are and does what comes next, once all that happens to `child` at this moment has happened. */
  function step(child?: Child): void {
    // Children are nobody's operation, also when one asked for their restart.
    runOutside(() => queueMicrotask(() => advance(child)));
  }

  function advance(child?: Child): void {
    if (child?.removed) child.run?.stop();
    if (leaving || state === 'idle') return;
    const apart = isSimple(strategy) || (isUnordered(strategy) && state === 'running');
    const isAlone = ({ startedOnce }: Child) => apart || (isUnordered(strategy) && startedOnce);
    if (child && isAlone(child)) child.start();
    if (!apart) {
      const next = nextInOrder([...children.values()].filter((other) => !isAlone(other)));
      if (next?.replaced) next.run?.stop();
      else next?.start();
    }
    if (state === 'starting') {
      for (const { startedOnce, now } of children.values()) if (!startedOnce && now.state !== 'ended') return;
      state = 'running';
      started.resolve();
    }
  }

  async function shutDown(cause?: Fault): Promise<void> {
    if (leaving) return;
    leaving = true;
    state = 'stopping';
    const all = [...children.values()].reverse();
    if (isSimple(strategy)) for (const child of all) void child.remove();
    for (const child of all) await child.remove();
    state = 'exited';
    started.reject(cause ?? stopped(path));
    exited.resolve(cause ? { kind: 'failed', fault: cause } : { kind: 'finished' });
  }

  function newChild(spec: ChildSpec, added?: PromiseWithResolvers<void>): Child {
    const { id, restart = 'permanent' } = spec;
    const now: LiveStatus = { id, state: 'waiting', restarts: 0 };
    /** Of the end of its backoff. */
    let timer: Timer | undefined;
    /** When it became ready; undefined while it is not. */
    let readyMs: number | undefined;
    let endedMs = 0;
    const child: Child = {
      now,
      restart,
      added,
      run: undefined,
      startedOnce: false,
      backoffMs: 0,
      replaced: false,
      removed: undefined,

      start() {
        if (now.state !== 'waiting') return;
        if (child.startedOnce) now.restarts++;
        now.health = spec.health && { state: 'unchecked' };
        const context = { restarts: now.restarts, supervisor: path, clock, random, signals };
        child.run = createRun(spec, now, context, ready, ended);
        child.run.start();
      },

      remove() {
        child.removed ??= Promise.withResolvers();
        if (!child.run) leave();
        step(child);
        return child.removed.promise;
      },
    };
    children.set(id, child);
    return child;

    // What others are told of comes last in all of these: they may ask for the next thing at once.

    function ready(): void {
      readyMs = clock.monotonicMs();
      child.startedOnce = true;
      added?.resolve();
      step(child);
      report(childStarted, now.lastExit && { downMs: readyMs - endedMs, ...now.lastExit });
    }

    function ended(end: ChildEnd, abandoned: Fault | undefined): void {
      const { fault } = end;
      endedMs = clock.monotonicMs();
      if (endedMs - (readyMs ?? endedMs) >= limits.maxBackoffMs) child.backoffMs = 0;
      now.lastExit = end;
      now.state = 'waiting';
      child.run = readyMs = undefined;
      const exhausted = restartsInWindow() >= limits.maxRestarts;
      const decision = decideRestart(state, child, !!fault, exhausted);
      const { action, why, delayMs } = decision;
      const startFault = why === 'not started' ? fault : undefined;
      child.replaced = false;
      if (action === 'leave') leave(startFault);
      else if (action === 'give-up') void shutDown(startFault ?? gaveUp(fault));
      else if (action === 'restart') {
        child.backoffMs = nextBackoffMs(delayMs, limits);
        restartsMs.push(endedMs);
        for (const other of restartedWith(strategy, child, children.values())) {
          if (other.run) other.replaced = true;
          else if (other.now.state === 'ended' && other.restart !== 'temporary') other.now.state = 'waiting';
        }
        if (delayMs) {
          now.state = 'resting';
          timer = clock.schedule(delayMs, () => {
            now.state = 'waiting';
            step(child);
          });
        }
      }
      step(child);
      report(childExited, { ...end, ...decision, abandoned });
    }

    /** It has ended for good; who waits for its first start hears of `fault`. */
    function leave(fault?: Fault): void {
      timer?.cancel();
      now.state = 'ended';
      child.removed?.resolve();
      if (!child.startedOnce) added?.reject(fault ?? stopped(`${path}/${id}`));
      if (!leaving && (added || child.removed)) children.delete(id);
    }

    function gaveUp(cause: Fault | undefined): Fault {
      const problem = `${limits.maxRestarts} restarts within ${limits.withinMs} ms`;
      return childFault(supervisionFaults.SUPERVISOR_GAVE_UP, path, id, cause, problem);
    }

    function report<Data extends ChildReport>(
      type: SignalType<Data>,
      more: Omit<Data, keyof ChildReport> | undefined,
    ): void {
      const about = {
        supervisor: path,
        child: id,
        restarts: now.restarts,
        restartsInWindow: restartsInWindow(),
      };
      signals.channel(type).emit({ ...about, ...more } as unknown as Data, { source: path });
    }
  }
}
