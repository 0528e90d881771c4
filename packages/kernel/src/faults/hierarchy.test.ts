import { describe, expect, expectTypeOf, test } from 'vitest';
import { classify } from './classify.ts';
import { defineFaults, fault } from './define-faults.ts';
import { Fault } from './fault.ts';
import { faultFromJson } from './fault-from-json.ts';
import {
  enhance,
  inSession,
  SessionConcurrentAccessError,
  SessionError,
  SessionLockLostError,
  SessionNotFoundError,
  sessions,
} from './fault-trees.fixture.ts';
import { kernelFaults } from './kernel-faults.ts';
import { isRetryableError } from './known-errors.ts';
import { severity } from './severity.ts';

describe('a tree of faults', () => {
  test('code that catches the parent catches the child, and no other', () => {
    const caught: string[] = [];
    for (const thrown of [
      SessionNotFoundError(inSession),
      new SessionNotFoundError(inSession),
      new SessionLockLostError({ ...inSession, owner: 'other' }),
      enhance.CONFIGURATION({}),
    ]) {
      try {
        throw thrown;
      } catch (error) {
        if (error instanceof SessionError) caught.push(error.code);
        else expect(error).toBeInstanceOf(enhance.CONFIGURATION);
      }
    }
    expect(caught).toEqual(['SESSION_NOT_FOUND', 'SESSION_NOT_FOUND', 'SESSION_LOCK_LOST']);
    const made = SessionLockLostError({ ...inSession, owner: 'other' });
    const kinds = [SessionError, SessionConcurrentAccessError, SessionLockLostError, SessionNotFoundError];
    expect(kinds.map((kind) => made instanceof kind)).toEqual([true, true, true, false]);
    expect(kinds.map((kind) => kind.matches(made))).toEqual([true, true, true, false]);
    expect(made).toBeInstanceOf(Fault);
    expect(SessionError(inSession)).not.toBeInstanceOf(SessionNotFoundError);
  });

  test('a child inherits what it does not declare itself', () => {
    expect(SessionNotFoundError(inSession)).toMatchObject({
      category: 'session',
      severity: severity.ERROR,
      recovery: 'none',
      retryable: false,
      userMessage: 'Your session has a problem.',
      message: 'session s1: read failed',
      system: 'sessions',
      code: 'SESSION_NOT_FOUND',
    });
    expect(sessions.SESSION_SERVICE_UNAVAILABLE.declaration).toMatchObject({
      severity: severity.CRITICAL,
      retryable: true,
    });
    expect(SessionLockLostError({ ...inSession, owner: 'a' }).message).toBe('session s1: read failed');
    expect(enhance.RESOURCE_LIMIT({ audioId: 'a' })).toMatchObject({ category: 'resource', retryable: true });
  });

  test('a fault may have its parent in another catalog', () => {
    const made = enhance.EXTERNAL_SERVICE({ service: 'tts', error: 'gone', errorName: 'Error' });
    expect(made).toBeInstanceOf(kernelFaults.CONNECTION_LOST);
    expect(made).toMatchObject({ category: 'network', recovery: 'reconnect_retry', message: 'tts is away' });
    expect(kernelFaults.CONNECTION_LOST.matches(made)).toBe(true);
    expect(isRetryableError(made)).toBe(true);
  });

  test('the name of the class stands in the stack, the JSON and in front of the message', () => {
    const made = SessionNotFoundError(inSession);
    expect([made.name, SessionNotFoundError.name]).toEqual(['SessionNotFoundError', 'SessionNotFoundError']);
    expect(String(made)).toBe('SessionNotFoundError: session s1: read failed');
    expect(made.stack?.split('\n')[0]).toBe('SessionNotFoundError: session s1: read failed');
    expect(made.stack).toContain('hierarchy.test.ts');
    expect(made.toJSON()).toMatchObject({ name: 'SessionNotFoundError', code: 'SESSION_NOT_FOUND' });
  });

  test('a child without a name has that of its parent', () => {
    const { CHILD } = defineFaults('test', {
      PARENT: fault({ className: 'Parent', category: 'x', severity: 1, recovery: 'none', message: 'x' }),
      CHILD: fault({ extends: 'PARENT' }),
    });
    expect(CHILD({}).name).toBe('Parent');
  });

  test('classify leaves them as they are', () => {
    const made = SessionNotFoundError(inSession);
    expect(classify(made)).toBe(made);
  });

  test('the categories of seeds 001 and 002 are parents as well', () => {
    const network = { category: 'network', severity: severity.ERROR, recovery: 'reconnect_retry' } as const;
    const faults = defineFaults('bot', {
      NETWORK_ERROR: fault({ ...network, className: 'NetworkError', message: 'the network failed' }),
      OSC_CONNECTION_ERROR: fault<{ port: number }, 'NETWORK_ERROR'>({
        extends: 'NETWORK_ERROR',
        className: 'OscConnectionError',
        message: ({ port }) => `nobody answers on ${port}`,
      }),
    });
    const made = faults.OSC_CONNECTION_ERROR({ port: 9000 });
    expect([made instanceof faults.NETWORK_ERROR, made.category]).toEqual([true, 'network']);
  });

  test.each(['NO_SUCH', 'LATER', 'CHILD', 'toString', Error])('refuses a child of %s', (parent) => {
    const later = { category: 'x', severity: severity.ERROR, recovery: 'none', message: 'x' };
    const declare = () =>
      defineFaults('test', { CHILD: { ...later, extends: parent } as never, LATER: later as never });
    expect(declare).toThrow(new TypeError(`test.CHILD must extend a fault before it; got ${parent}`));
  });
});

describe('a class of a user', () => {
  class EnhancementQualityError extends enhance.AUDIO_PROCESSING {
    readonly qualityScore: number;
    readonly threshold: number;

    constructor(audioId: string, qualityScore: number, threshold: number, cause?: unknown) {
      super({ audioId }, { cause });
      this.qualityScore = qualityScore;
      this.threshold = threshold;
    }
  }
  const made = () => new EnhancementQualityError('a1', 0.4, 0.8);

  test('is a fault of its parent with fields of its own, and named in the stack', () => {
    const error = made();
    expect(error).toBeInstanceOf(EnhancementQualityError);
    expect(error).toBeInstanceOf(enhance.AUDIO_PROCESSING);
    expect(error).not.toBeInstanceOf(enhance.QUALITY_THRESHOLD);
    expect(enhance.AUDIO_PROCESSING.matches(error)).toBe(true);
    expect(error).toMatchObject({ code: 'AUDIO_PROCESSING', qualityScore: 0.4, threshold: 0.8 });
    expect(error.stack?.split('\n')[0]).toBe('EnhancementQualityError: a1 could not be processed');
    expect(classify(error)).toBe(error);
    expectTypeOf(error.context.audioId).toEqualTypeOf<string>();
    expectTypeOf(error.threshold).toEqualTypeOf<number>();
  });

  test('has its fields in the JSON, and arrives under its name', () => {
    const json = JSON.parse(JSON.stringify(made()));
    expect(json).toMatchObject({ name: 'EnhancementQualityError', qualityScore: 0.4, threshold: 0.8 });
    const arrived = faultFromJson(json, enhance);
    expect(arrived).toBeInstanceOf(enhance.AUDIO_PROCESSING);
    expect(arrived).toMatchObject({ qualityScore: 0.4, threshold: 0.8 });
    expect(String(arrived)).toBe('EnhancementQualityError: a1 could not be processed');
  });
});
