import type { AnyFaultFactory } from '@sustain/kernel';
import { type Drill, type DrillDeclaration, drill, type Sabotage } from '../../drill/index.ts';
import { AnsweredProblem } from '../../runner/index.ts';
import type { Refused } from './asking.ts';
import { type BadClient, badClient } from './bad-client.ts';
import { type GuardedServer, type GuardedServerOptions, guardedServer } from './guarded-server.ts';

/** A drill in which a client is refused, again and again, while the others are served. */
export interface RefusedClient extends Pick<DrillDeclaration, 'name' | 'breaks' | 'notices' | 'limits'> {
  readonly fault: AnyFaultFactory;
  readonly kind?: DrillDeclaration['kind'];
  readonly server?: GuardedServerOptions | (() => GuardedServerOptions);
  /** Asks once, and rejects with what the client is answered. */
  readonly ask: (server: GuardedServer, signal: AbortSignal) => Promise<unknown>;
  /** With which it is refused. */
  readonly status: number;
  /** What no answer may have in it, such as a token. */
  readonly secret?: string;
  /** Whether some of what it asks may be answered, as before it asks too much. Default false. */
  readonly letsSomeIn?: boolean;
  /** Between one time that it asks and the next. Default 5. */
  readonly pauseMs?: number;
  readonly prepare?: (server: GuardedServer) => Promise<void> | void;
  readonly afterwards?: (server: GuardedServer, client: BadClient) => Promise<void> | void;
  /** What refuses, removed. */
  readonly sabotage: Sabotage;
}

export function refusedClient(declaration: RefusedClient): Drill {
  const { name, fault, kind = 'input', breaks, notices, limits, sabotage } = declaration;
  const { server = {}, ask, status, secret, letsSomeIn = false, pauseMs, prepare, afterwards } = declaration;
  const check = ({ intruder }: Attacked) => {
    const [other] = intruder?.others ?? [];
    if (other !== undefined && !letsSomeIn)
      throw new Error(`it was let in, or not answered: ${shown(other)}`);
    for (const refusal of intruder?.refusals ?? []) checkRefusal(refusal, fault, status, secret);
  };
  return drill<Attacked>({
    name,
    fault,
    kind,
    breaks,
    recovers: `each such request is refused with ${status}, and the others are served meanwhile`,
    notices,
    limits: { detectMs: 2000, recoveryMs: 2000, restoreMs: 4000, ...limits },
    async subject() {
      const attacked: Attacked = await guardedServer(typeof server === 'function' ? server() : server);
      await prepare?.(attacked);
      return attacked;
    },
    inject(attacked, scene) {
      attacked.intruder = badClient(scene, breaks, (signal) => ask(attacked, signal), pauseMs);
    },
    whileBroken: check,
    async afterwards(attacked) {
      check(attacked);
      if (attacked.intruder === undefined || attacked.intruder.refusals.length === 0)
        throw new Error('the client was never refused');
      await afterwards?.(attacked, attacked.intruder);
    },
    sabotage,
  });
}

interface Attacked extends GuardedServer {
  intruder?: BadClient;
}

/** Whoever is refused learns why, and what to write to who asks about it. */
function checkRefusal(
  { answer, cause }: Refused,
  { code }: AnyFaultFactory,
  status: number,
  secret: string | undefined,
): void {
  if (!(cause instanceof AnsweredProblem) || cause.code !== code || answer.status !== status) {
    throw new Error(`expected ${status} ${code}; got ${answer.status}: ${answer.body}`);
  }
  if (cause.operationId === undefined) throw new Error(`an answer without its operation: ${answer.body}`);
  if (secret !== undefined && answer.body.includes(secret)) throw new Error('the answer repeats a secret');
}

function shown(other: unknown): string {
  return other instanceof Error ? `${other.name}: ${other.message}` : JSON.stringify(other);
}
