import { constant, type Pipeline, pipeline, retry, timeout, timeoutFaults } from '@sustain/kernel';
import { SessionError, sessionFaults } from '../../faults.ts';
import { sessionRetry } from '../../recovery.ts';
import type { AdkSessionService } from '../adk-types.ts';
import type { SettledServiceOptions } from './guarded-options.ts';
import { judgeServiceError, reasonOf } from './service-error.ts';
import { SOURCE } from './standing.ts';

/** @internal What is asked of ADK's service. */
export interface ServiceCall<T> {
  readonly operation: string;
  readonly sessionId: string | undefined;
  /** Whether it changes something, so that a lost answer leaves it open whether it has. */
  readonly isWrite: boolean;
  /** `attempt`: 1 for the first. It may be called again while an earlier one, whose time ran out, goes on. */
  readonly work: (service: AdkSessionService, attempt: number) => Promise<T>;
}

/** @internal The service does not answer, nor does it when it is looked at. */
export class ServiceAway extends Error {
  /** What to answer where nothing stands in for it. */
  readonly fault: Error;

  constructor(reason: string, fault: Error, cause: unknown) {
    super(reason, { cause });
    this.fault = fault;
  }
}

/** @internal The way to ADK's service: initialised once, in time, tried again, with errors that say what they mean. */
export class ServiceLink {
  readonly #service: AdkSessionService;
  readonly #givesUpEarly: boolean;
  readonly #attempts: Pipeline;
  readonly #limited: Pipeline;
  readonly #looks: Pipeline;
  #ready: Promise<void> | undefined;
  #looking: Promise<boolean> | undefined;

  constructor({ service, spare, attemptTimeoutMs, lookTimeoutMs, ...rest }: SettledServiceOptions) {
    const { clock, random, signals } = rest;
    const shared = { name: SOURCE, clock, random, signals };
    this.#service = service;
    this.#givesUpEarly = spare !== undefined;
    this.#attempts = pipeline(shared, sessionRetry(rest.retry));
    this.#limited = pipeline(shared, timeout(attemptTimeoutMs));
    // Told nowhere: a look that finds nobody is no call that has failed.
    this.#looks = pipeline({ name: SOURCE, clock, random }, timeout(lookTimeoutMs), retry(QUESTIONS));
  }

  /**
   * Rejects with SESSION_NOT_FOUND, SESSION_ALREADY_EXISTS, SESSION_OUTCOME_UNKNOWN, SESSION_ERROR, or a ServiceAway. While
   * something can stand in for the service, nobody waits for it to come back.
   */
  async run<T>(call: ServiceCall<T>): Promise<T> {
    const outcome = await this.#tried(call).catch(async (error: unknown) => {
      if (SessionError.matches(error)) throw error;
      return { failure: error, isAway: await this.isAway() };
    });
    if (!('failure' in outcome)) return outcome.value;
    const { failure, isAway } = outcome;
    const { operation, sessionId, isWrite } = call;
    const about = { operation, sessionId, reason: reasonOf(failure) };
    const isOpen = isWrite && !wasNeverSent(failure);
    const { SESSION_OUTCOME_UNKNOWN, SESSION_SERVICE_UNAVAILABLE, SESSION_ERROR } = sessionFaults;
    const fault = (isOpen ? SESSION_OUTCOME_UNKNOWN : SESSION_SERVICE_UNAVAILABLE)(about, { cause: failure });
    if (isAway) throw new ServiceAway(about.reason, fault, failure);
    throw timeoutFaults.TIMED_OUT.matches(failure) ? fault : SESSION_ERROR(about, { cause: failure });
  }

  /** Looks whether the service answers at all: of a few questions, one answer is enough. Never rejects. */
  isAway(): Promise<boolean> {
    this.#looking ??= this.#looks
      .run(() => this.#ask((service) => service.getSession(NOBODY)))
      .then(
        () => false,
        () => true,
      )
      .finally(() => {
        this.#looking = undefined;
      });
    return this.#looking;
  }

  #tried<T>(call: ServiceCall<T>): Promise<Tried<T>> {
    return this.#attempts.run(async ({ number }) => {
      try {
        return { value: await this.#limited.run(() => this.#ask((service) => call.work(service, number))) };
      } catch (error) {
        const answer = this.#answerOf(call, error);
        if (answer !== undefined) throw answer;
        if (this.#givesUpEarly && (await this.isAway())) return { failure: error, isAway: true };
        throw error;
      }
    });
  }

  /** ADK's database service makes its tables when it is first used, and fails when that happens several times at once. */
  async #ask<T>(question: (service: AdkSessionService) => Promise<T>): Promise<T> {
    this.#ready ??= this.#initialise();
    await this.#ready;
    return question(this.#service);
  }

  async #initialise(): Promise<void> {
    const { init } = this.#service as AdkSessionService & { readonly init?: () => Promise<void> };
    try {
      await init?.call(this.#service);
    } catch (error) {
      this.#ready = undefined;
      throw error;
    }
  }

  /** The fault, where the service has answered. */
  #answerOf({ operation, sessionId }: ServiceCall<unknown>, error: unknown): Error | undefined {
    if (SessionError.matches(error)) return error;
    const about = { operation, sessionId, reason: reasonOf(error) };
    switch (judgeServiceError(error)) {
      case 'exists':
        return sessionFaults.SESSION_ALREADY_EXISTS(about, { cause: error });
      case 'not-found':
        return sessionFaults.SESSION_NOT_FOUND(about, { cause: error });
      case 'final':
        return sessionFaults.SESSION_ERROR(about, { cause: error });
      case 'failed':
        return undefined;
    }
  }
}

type Tried<T> = { readonly value: T } | { readonly failure: unknown; readonly isAway: boolean };

/** The session that is asked for to see whether there is an answer. */
const NOBODY = { appName: 'sustain', userId: 'sustain', sessionId: 'is-anybody-there' };

/** One is not enough: each may get another idle connection that the database has cut, and only learns of it by asking. */
const QUESTIONS = { maxAttempts: 3, backoff: constant(0) };

function wasNeverSent(error: unknown): boolean {
  return /ECONNREFUSED|ENOTFOUND|EAI_AGAIN/.test(`${(Object(error) as { code?: unknown }).code} ${error}`);
}
