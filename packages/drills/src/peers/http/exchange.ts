import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '@sustain/kernel';
import { readBody } from './asked-body.ts';
import { deliver } from './deliver.ts';
import type { Reply } from './reply.ts';
import type { Refused, Route } from './route.ts';
import type { Scripts, Taken } from './script.ts';
import type { RequestRecord, SeenRequest } from './seen-request.ts';
import type { Step, Tools } from './step.ts';

export interface ExchangeOptions<Content, Name extends string> {
  readonly scripts: Scripts<Content, Name>;
  readonly otherwise: () => Step<Content>;
  readonly refuse: (why: Refused, request: SeenRequest) => Reply;
  readonly token: string | undefined;
  readonly maxBodyBytes: number;
  readonly clock: Clock;
}

/** One request and its reply. */
export interface Asked<Content> {
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
  readonly record: RequestRecord;
  readonly route: Route<Content> | undefined;
  readonly tools: Tools;
  /** Aborts when the peer closes. */
  readonly closing: AbortSignal;
}

/** Carries requests out. */
export class Exchange<Content, Name extends string> {
  readonly #options: ExchangeOptions<Content, Name>;

  constructor(options: ExchangeOptions<Content, Name>) {
    this.#options = options;
  }

  /** Until it is over; the record says how. Never rejects. */
  async run(asked: Asked<Content>): Promise<void> {
    const { incoming, response, record, closing, tools } = asked;
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    const now = () => this.#options.clock.monotonicMs();
    const read = (bytesPerSecond?: number) => this.#read(asked, bytesPerSecond, gone.signal);
    let failure: { readonly error: unknown } | undefined;
    let taken: Taken<Content> | undefined;
    try {
      const reply = await this.#decide(asked, read, (step) => {
        taken = step;
      }).catch((error: unknown) => {
        if (gone.signal.aborted || incoming.errored) throw error;
        failure = { error };
        return this.#options.refuse('script-failed', record);
      });
      await read(); // where nobody wanted it: who still sends would not see an answer
      const delivery = (failure === undefined && taken?.step.delivery) || {};
      const released = taken?.released ?? gone.signal;
      const state = await deliver(reply, delivery, {
        ...{ ...tools, response, record, gone: gone.signal, released },
      });
      record.end(failure ? { state: 'script-failed', atMs: now(), ...failure } : { state, atMs: now() });
    } catch (error) {
      response.destroy();
      if (closing.aborted) record.end({ state: 'closed', atMs: now() });
      else if (gone.signal.aborted || incoming.errored) record.end({ state: 'left', atMs: now() });
      else record.end({ state: 'script-failed', atMs: now(), error });
    }
  }

  async #decide(
    asked: Asked<Content>,
    read: (bytesPerSecond?: number) => Promise<void>,
    onTaken: (taken: Taken<Content>) => void,
  ): Promise<Reply> {
    const { scripts, refuse, otherwise } = this.#options;
    const { record, route, tools, incoming } = asked;
    if (!route || record.route === undefined) return refuse('no-such-route', record);
    if (!this.#isAuthorized(incoming)) return refuse('unauthorized', record);
    const name = record.route;

    const bySteps = async (): Promise<Reply> => {
      const taken = scripts.take(name) ?? { step: otherwise(), released: NEVER };
      const { step } = taken;
      onTaken(taken);
      record.step = step.what;
      await read(step.uploadBytesPerSecond);
      const own = async () => {
        const { kind } = record.body;
        if (kind === 'too-large' || kind === 'unreadable') return refuse(kind, record);
        return route.reply(record, await step.content?.(record), tools);
      };
      return step.reply ? step.reply(own, record, tools) : own();
    };
    const byGates = scripts.gates(name).reduceRight<() => Promise<Reply>>(
      (next, gate) => async () => {
        record.step = gate.what;
        return gate.pass(next, record, tools);
      },
      bySteps,
    );
    return byGates();
  }

  /** Once. */
  async #read(
    { incoming, record }: Asked<Content>,
    bytesPerSecond: number | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    if (record.body.kind !== 'unread') return;
    const { maxBodyBytes: maxBytes, clock } = this.#options;
    record.body = await readBody(incoming, { maxBytes, bytesPerSecond, clock, signal });
  }

  #isAuthorized(incoming: IncomingMessage): boolean {
    const { token } = this.#options;
    return token === undefined || incoming.headers.authorization === `Bearer ${token}`;
  }
}

const NEVER = new AbortController().signal;
