import {
  classify,
  createOperation,
  defineFaults,
  type Fault,
  fault,
  runInOperation,
  SimulatedClock,
  severity,
} from '@sustain/kernel';
import { useAsyncOperations } from '@sustain/kernel/node';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { createLogging, type LogDetails, type LogEntry, type Logging, type LoggingOptions } from './index.ts';

const faults = defineFaults('bot', {
  AUDIO_LOST: fault<{ device: string; userId?: string; password?: string }>({
    category: 'audio',
    severity: severity.WARNING,
    recovery: 'device_fallback',
    message: ({ device }) => `${device} is gone`,
  }),
});

let clock: SimulatedClock;
let lines: string[];
beforeEach(() => {
  clock = new SimulatedClock();
  lines = [];
});

function open(options: LoggingOptions = {}): Logging {
  const stream = { write: (line: string) => lines.push(line) };
  return createLogging({ outputs: [{ console: 'json', stream }], level: 'DEBUG', clock, ...options });
}
const entries = () => lines.map((line) => JSON.parse(line) as LogEntry);
const only = () => {
  expect(lines).toHaveLength(1);
  return entries()[0] as LogEntry;
};

describe('an entry (S1-33, S3-53, S4-60)', () => {
  it('has the keys of a LogEntry, and no others', () => {
    open({ sessionId: 'run-1' })
      .logger('bot')
      .error('it failed', {
        context: { userId: 7, phrase: 3 },
        operationId: 'op-1',
        performance: { operation: 'render', durationMs: 12.5 },
        error: faults.AUDIO_LOST({ device: 'mic' }),
      });
    expect(only()).toEqual({
      timestamp: '2026-01-01T00:00:00.000Z',
      level: 'ERROR',
      module: 'bot',
      message: 'it failed',
      errorCode: 'AUDIO_LOST',
      context: { device: 'mic', userId: 7, phrase: 3 },
      sessionId: 'run-1',
      userId: '7',
      operationId: 'op-1',
      performance: { operation: 'render', durationMs: 12.5 },
      error: { name: 'Fault', message: 'mic is gone', code: 'AUDIO_LOST', stack: expect.any(String) },
    });
  });

  it('leaves out what is not known', () => {
    open({ sessionId: 'run-1' }).logger('bot').info('hello');
    expect(Object.keys(only()).toSorted()).toEqual(['level', 'message', 'module', 'sessionId', 'timestamp']);
  });

  it('has a time in UTC with milliseconds', async () => {
    const logger = open().logger('bot');
    for (const ms of [7, 80, 900, 13, 1000]) {
      await clock.advance(ms);
      logger.info('tick');
    }
    expect(entries().map(({ timestamp }) => timestamp.slice(17))).toEqual([
      '00.007Z',
      '00.087Z',
      '00.987Z',
      '01.000Z',
      '02.000Z',
    ]);
  });

  it('has the UUID of the run, the same in every module (S1-34)', () => {
    const logging = open();
    logging.logger('a').info('1');
    logging.logger('b').child('c').info('2');
    expect(logging.sessionId).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    expect(entries().map(({ sessionId }) => sessionId)).toEqual([logging.sessionId, logging.sessionId]);
    expect(open().sessionId).not.toBe(logging.sessionId);
  });

  it('belongs to the current operation', () => {
    const undo = useAsyncOperations();
    try {
      const operation = createOperation('turn');
      runInOperation(operation, () => open().logger('bot').info('within'));
      expect(only().operationId).toBe(operation.id);
    } finally {
      undo();
    }
  });

  it('has the context of its logger and of its child, below its own', () => {
    const logger = open().logger('bot', { device: 'mic', room: 1 }).child('vad', { room: 2 });
    logger.info('one', { context: { room: 3, level: 'x' } });
    logger.info('two');
    expect(entries()).toMatchObject([
      { module: 'bot/vad', context: { device: 'mic', room: 3, level: 'x' } },
      { module: 'bot/vad', context: { device: 'mic', room: 2 } },
    ]);
    expect(lines[0]?.match(/"room"/g)).toHaveLength(1);
  });
});

describe('logError (S1-35, S2-63)', () => {
  it('takes the level from the severity and the user from the context', () => {
    open()
      .logger('bot')
      .logError(faults.AUDIO_LOST({ device: 'mic', userId: 'u1' }));
    expect(only()).toMatchObject({
      level: 'WARNING',
      errorCode: 'AUDIO_LOST',
      userId: 'u1',
      message: 'mic is gone',
    });
  });

  it('tells the causes', () => {
    const cause = Object.assign(new Error('inner'), { code: 'ECONNRESET', cause: 'a text' });
    open()
      .logger('bot')
      .logError(faults.AUDIO_LOST({ device: 'mic' }, { cause }));
    expect(only().error?.cause).toMatchObject({
      message: 'inner',
      code: 'ECONNRESET',
      cause: { name: 'thrown string' },
    });
  });

  it('leaves out stack and context when they are not wanted (S1-41)', () => {
    open({ errors: { includeStackTrace: false, detailedContext: false } })
      .logger('bot')
      .logError(faults.AUDIO_LOST({ device: 'mic' }));
    expect(only()).not.toHaveProperty('context');
    expect(only().error).toEqual({ name: 'Fault', message: 'mic is gone', code: 'AUDIO_LOST' });
  });

  it('writes the stack of a kind once a second, of another kind at once, and of what is critical always', async () => {
    const logger = open().logger('bot');
    const left = '[left out: an entry of the 1000 ms before has that of an error like this]';
    const at = expect.stringContaining('structured-logger.test.ts');
    const log = (thrown: unknown) => {
      logger.error('a', { error: thrown });
      const { stack, cause } = entries().at(-1)?.error ?? {};
      return cause?.stack ?? stack;
    };
    expect(log(new Error('phrase 1'))).toEqual(at);
    expect(log(new Error('phrase 2'))).toBe(left);
    expect(log(new TypeError('phrase 3'))).toEqual(at);
    // All that nobody expects has one code.
    expect(log(classify(new Error('a bug')))).toEqual(at);
    expect(log(classify(new Error('another bug')))).toEqual(at);
    expect(log(classify(new Error('another bug')))).toBe(left);
    expect(log(faults.AUDIO_LOST({ device: 'mic' }))).toEqual(at);
    expect(log(faults.AUDIO_LOST({ device: 'speaker' }))).toBe(left);
    logger.critical('a', { error: new Error('phrase 4') });
    expect(entries().at(-1)?.error?.stack).toEqual(at);
    await clock.advance(1000);
    expect(log(new Error('phrase 5'))).toEqual(at);
  });

  it.each([undefined, null, 'text', 7, Symbol('s'), { message: 1 }])(
    'makes an entry of %s, which is no fault',
    (thrown) => {
      open()
        .logger('bot')
        .logError(thrown as unknown as Fault);
      expect(only()).toMatchObject({ level: 'ERROR', errorCode: 'UNEXPECTED' });
    },
  );
});

describe('logPerformance (S1-36, S1-40)', () => {
  it('is INFO from the threshold on and DEBUG below, with both figures in context and performance', () => {
    const logger = open().logger('bot');
    logger.logPerformance('render', 999);
    logger.logPerformance('render', 1000);
    expect(entries()).toMatchObject([{ level: 'DEBUG' }, { level: 'INFO' }]);
    expect(entries()[1]).toMatchObject({
      message: 'Performance: render',
      context: { operation: 'render', durationMs: 1000 },
      performance: { operation: 'render', durationMs: 1000 },
    });
    expect(entries()[1]).not.toHaveProperty('errorCode');
    expect(entries()[1]).not.toHaveProperty('userId');
  });

  it('has the threshold that it is given, or none at all', () => {
    open({ level: 'INFO', performance: { thresholdMs: 5 } })
      .logger('bot')
      .logPerformance('a', 5);
    open({ performance: { enabled: false } })
      .logger('bot')
      .logPerformance('b', 5000);
    expect(only().message).toBe('Performance: a');
  });
});

describe('secrets', () => {
  it('are redacted by the name of their key, at any depth, whatever the case and separators', () => {
    open()
      .logger('bot', { apiKey: 'SECRET' })
      .error('x', {
        context: {
          PASSWORD: 'SECRET',
          'x-api-key': 'SECRET',
          headers: { Authorization: 'SECRET', 'Set-Cookie': ['SECRET'] },
          list: [{ deep: { access_token: { nested: 'SECRET' } } }],
          pin: new Map([['client_secret', 'SECRET']]),
          maxTokens: 512,
          promptTokens: 7,
          hasPassword: true,
          token: undefined,
        },
        error: faults.AUDIO_LOST({ device: 'mic', password: 'SECRET' }),
      });
    expect(lines[0]?.replace('"client_secret","SECRET"', '')).not.toContain('SECRET');
    expect(only().context).toMatchObject({
      maxTokens: 512,
      promptTokens: 7,
      hasPassword: true,
      apiKey: '[redacted]',
    });
  });

  it('are redacted in texts, messages, errors and stacks', () => {
    const token = 'abcdefgh12345678';
    open()
      .logger('bot')
      .error(`called https://user:p@ss@host/x?api_key=${token}&n=1 with Bearer ${token}`, {
        context: { note: `password: ${token}`, jwt: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl' },
        error: new Error(`redis://:${token}@host refused`),
      });
    expect(lines[0]).not.toMatch(/abcdefgh|p@ss|ss@host|eyJ/);
    expect(only().message).toBe(
      'called https://[redacted]@host/x?api_key=[redacted]&n=1 with Bearer [redacted]',
    );
    expect(open().counts.redacted).toBe(0);
  });

  it('can be named otherwise, and replaced by another text', () => {
    open({ redaction: { keys: ['phrase'], replaceBy: '***' } })
      .logger('bot')
      .info('x', { context: { phraseText: 'a', password: 'b' } });
    expect(only().context).toEqual({ phraseText: '***', password: 'b' });
  });

  it('are looked for in linear time', () => {
    const logger = open({ limits: { messageChars: 1_000_000, textChars: 1_000_000 } }).logger('bot');
    for (const piece of ['://a', 'token=', 'Bearer ', 'eyJ', '-_-', 'password', 'a@', '://@@@@'])
      logger.info(piece.repeat(100_000));
    expect(lines).toHaveLength(8);
  });
});

describe('anything goes in', () => {
  it('a message of 1 MB is cut with a note, and counted', () => {
    const logging = open();
    logging.logger('bot').info('x'.repeat(1_048_576), { context: { text: 'y'.repeat(1_048_576) } });
    expect(only().message).toMatch(/^x{8192}… \[cut: 1048576 characters\]$/);
    expect(lines[0]?.length).toBeLessThan(20_000);
    expect(logging.counts.shortened).toBe(2);
  });

  it('circles, throwing getters, proxies, bigints, symbols, buffers and errors', () => {
    const circular: Record<string, unknown> = { a: 1 };
    circular['self'] = { circular };
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const context = {
      circular,
      get throws() {
        throw new Error('no');
      },
      proxy,
      big: 5n,
      huge: 2n ** 300n,
      symbol: Symbol('s'),
      buffer: Buffer.from('audio'),
      floats: new Float32Array(480),
      nan: Number.NaN,
      date: new Date(0),
      bad: new Date(Number.NaN),
      error: new TypeError('inner'),
      call: () => 1,
      map: new Map([['a', { b: 1 }]]),
      set: new Set([1]),
      url: new URL('http://a:b@c/'),
      hole: [undefined, () => 1],
      json: { toJSON: () => ({ ok: true }) },
      bare: Object.assign(Object.create(null), { x: 1 }),
      long: Array.from({ length: 1000 }, (_, n) => n),
    };
    open().logger('bot').info('x', { context });
    const seen = only().context as Record<string, unknown>;
    expect(seen).toMatchObject({
      circular: { a: 1, self: { circular: '[circular]' } },
      throws: '[unreadable]',
      proxy: '[unreadable]',
      big: '5',
      huge: '[bigint]',
      symbol: 'Symbol(s)',
      buffer: '[Buffer, 5 bytes]',
      floats: '[Float32Array, 1920 bytes]',
      nan: 'NaN',
      date: '1970-01-01T00:00:00.000Z',
      bad: '[no valid date]',
      error: { name: 'TypeError', message: 'inner' },
      call: '[function]',
      map: [['a', { b: 1 }]],
      set: [1],
      url: 'http://[redacted]@c/',
      hole: [null, '[function]'],
      json: { ok: true },
      bare: { x: 1 },
    });
    expect((seen['long'] as unknown[]).at(-1)).toBe('[and 800 more]');
  });

  it('huge depth and a million members stay within the limit of the entry', () => {
    let deep: object = {};
    for (let depth = 0; depth < 100_000; depth++) deep = { deep };
    const wide = Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`key${n}`, 'x'.repeat(1000)]));
    open().logger('bot').info('x', { context: { deep, wide } });
    expect(only().context).toBeDefined();
    expect(lines[0]?.length).toBeLessThan(40_000);
  });

  it('details that are none, or that throw when they are looked at', () => {
    const logger = open().logger('bot');
    const odd = [null, 7, 'text', [], { context: 5 }, { context: null }, { performance: 3 }, { userId: {} }];
    for (const details of odd) logger.info('x', details as unknown as LogDetails);
    logger.info('y', {
      get context(): never {
        throw new Error('exploding');
      },
    });
    logger.log('constructor' as 'INFO', undefined as unknown as string);
    expect(entries()).toHaveLength(odd.length + 2);
    expect(entries().at(-2)?.context).toEqual({ unreadable: 'exploding' });
    expect(entries().at(-1)).toMatchObject({ level: 'WARNING', message: 'undefined' });
  });

  it('whatever it is, the line is JSON with the keys of a LogEntry, and nothing is thrown', () => {
    const logging = open();
    const keys = [
      'timestamp',
      'level',
      'module',
      'message',
      'errorCode',
      'context',
      'sessionId',
      'userId',
      'operationId',
      'performance',
      'error',
    ];
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withNullPrototype: true,
      withObjectString: true,
      withSparseArray: true,
    });
    fc.assert(
      fc.property(
        anything,
        anything,
        anything,
        fc.string({ unit: 'binary' }),
        (context, error, userId, text) => {
          lines.length = 0;
          logging.logger(text).info(text, { context, error, userId } as LogDetails);
          expect(lines[0]?.indexOf('\n')).toBe((lines[0] as string).length - 1);
          for (const key of Object.keys(only())) expect(keys).toContain(key);
        },
      ),
    );
  });
});

describe('levels', () => {
  it('are those of the logging and of the output, the higher of them', () => {
    const quiet: string[] = [];
    const loud: string[] = [];
    const logger = createLogging({
      level: 'WARNING',
      clock,
      outputs: [
        { console: 'pretty', level: 'DEBUG', stream: { write: (text) => loud.push(text) } },
        { console: 'json', level: 'CRITICAL', stream: { write: (text) => quiet.push(text) } },
      ],
    }).logger('bot');
    for (const level of ['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'] as const) logger.log(level, level);
    expect(loud).toHaveLength(3);
    expect(quiet).toHaveLength(1);
    expect([logger.isEnabled('INFO'), logger.isEnabled('WARNING')]).toEqual([false, true]);
  });
});
