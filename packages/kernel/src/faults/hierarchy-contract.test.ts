import { describe, expect, expectTypeOf, test } from 'vitest';
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
  SessionStorageCorruptedError,
  sessions,
} from './fault-trees.fixture.ts';
import { severity } from './severity.ts';

describe('from another process', () => {
  const sent = JSON.parse(
    JSON.stringify(
      SessionLockLostError({ ...inSession, owner: 'b' }, { cause: SessionNotFoundError(inSession) }),
    ),
  );

  test('a fault whose catalog is known is of its class, and so are its causes', () => {
    const arrived = faultFromJson(sent, enhance, sessions);
    expect(arrived).toBeInstanceOf(SessionLockLostError);
    expect(arrived).toBeInstanceOf(SessionError);
    expect(arrived.cause).toBeInstanceOf(SessionNotFoundError);
    expect(SessionError.matches(arrived)).toBe(true);
    expect(JSON.parse(JSON.stringify(arrived))).toEqual(sent);
  });

  test('one whose catalog is not known has its code and its name', () => {
    const arrived = faultFromJson(sent);
    expect(arrived).toBeInstanceOf(Fault);
    expect(arrived).not.toBeInstanceOf(SessionError);
    expect(arrived).toMatchObject({ system: 'sessions', code: 'SESSION_LOCK_LOST' });
    expect(String(arrived)).toBe('SessionLockLostError: session s1: read failed');
    expect(JSON.parse(JSON.stringify(arrived))).toEqual(sent);
  });

  test('it says what it said there, and a system of another name is another', () => {
    const changed = { ...sent, message: 'older words', retryable: false, severity: severity.INFO };
    expect(faultFromJson(changed, sessions)).toMatchObject({
      message: 'older words',
      retryable: false,
      severity: severity.INFO,
    });
    expect(faultFromJson({ ...sent, system: 'others' }, sessions)).not.toBeInstanceOf(SessionError);
    for (const code of ['constructor', '__proto__', 'toString']) {
      expect(faultFromJson({ ...sent, code }, sessions)).not.toBeInstanceOf(SessionError);
    }
  });
});

test('contexts merge, and the wrong ones are refused by the types', () => {
  const corrupted = SessionStorageCorruptedError({ ...inSession, file: 'a.json' });
  expect(corrupted.message).toBe('a.json holds no session');
  expectTypeOf(corrupted.context.file).toEqualTypeOf<string>();
  expectTypeOf(corrupted.context.sessionId).toEqualTypeOf<string>();
  expectTypeOf(SessionNotFoundError(inSession).code).toEqualTypeOf<'SESSION_NOT_FOUND'>();
  expectTypeOf(SessionConcurrentAccessError(inSession).code).toEqualTypeOf<
    'SESSION_CONCURRENT_ACCESS' | 'SESSION_LOCK_LOST'
  >();
  // @ts-expect-error the parent's context is missing
  SessionStorageCorruptedError({ file: 'a.json' });
  // @ts-expect-error its own context is missing
  SessionStorageCorruptedError(inSession);
  // @ts-expect-error a child without a context of its own takes the parent's only
  SessionNotFoundError({ ...inSession, color: 'red' });
  // @ts-expect-error the kernel's context is missing
  enhance.EXTERNAL_SERVICE({ service: 'tts' });
  // @ts-expect-error without a parent, a category and the rest must be declared
  fault({ className: 'Orphan' });
  const declareOrphan = () =>
    // @ts-expect-error there is no such parent
    defineFaults('test', { CHILD: fault<{ a: number }, 'NO_SUCH'>({ extends: 'NO_SUCH' }) });
  expect(declareOrphan).toThrow(TypeError);
});

test('an error caught as a child is narrowed to its context', () => {
  const error: unknown = SessionLockLostError({ ...inSession, owner: 'b' });
  if (!(error instanceof SessionLockLostError)) throw new Error('it should be');
  expectTypeOf(error.context.owner).toEqualTypeOf<string>();
  expectTypeOf(error.context.operation).toEqualTypeOf<string>();
  expect(error.context).toEqual({ ...inSession, owner: 'b' });
});
