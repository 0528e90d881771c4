import { describe, expect, test } from 'vitest';
import { hides, isSecretName, secrecyOf, secrecyWithin, withoutSecrets } from './index.ts';

describe('names of secrets', () => {
  test.each([
    'password',
    'PASSWORD',
    'DB_PASSWORD',
    'passwd',
    'passphrase',
    'pwd',
    'secret',
    'client_secret',
    'token',
    'tokens',
    'access_token',
    'Authorization',
    'proxy-authorization',
    'Set-Cookie',
    'cookies',
    'credentials',
    'apiKey',
    'openaiApiKey',
    'x-api-key',
    'accessKey',
    'private_key',
    'signingKey',
    'jwt',
    'sentryDsn',
    'p a s s w o r d',
    `${'x'.repeat(1_000_000)}Password`,
  ])('%.40s is one', (name) => {
    expect(isSecretName(name)).toBe(true);
    expect(isSecretName(name)).toBe(true);
  });

  test.each(['key', 'keyboard', 'wordsName', 'name', '', 'passed', 'bypass', 'sign', 'x'.repeat(1_000_000)])(
    '%.40s is none',
    (name) => {
      expect(isSecretName(name)).toBe(false);
    },
  );

  test('numbers of tokens are counted, no secrets; nothing, yes and no tell none', () => {
    expect(hides(secrecyOf('maxTokens'), 512)).toBe(false);
    expect(hides(secrecyOf('maxTokens'), '512')).toBe(true);
    expect(hides(secrecyOf('pinPassword'), 1234)).toBe(true);
    expect(hides(secrecyOf('secretToken'), 1234)).toBe(true);
    expect(hides(secrecyOf('hasPassword'), true)).toBe(false);
    expect(hides(secrecyOf('password'), null)).toBe(false);
    expect(hides(secrecyOf('tokens'), [1])).toBe(true);
    expect(hides(secrecyOf('name'), 'ann')).toBe(false);
  });

  test('hold for what is within', () => {
    expect(secrecyWithin('none', 'name')).toBe('none');
    expect(secrecyWithin('texts', 'name')).toBe('texts');
    expect(secrecyWithin('texts', 'password')).toBe('all');
    expect(secrecyWithin('all', 'tokens')).toBe('all');
  });

  test('can be others', () => {
    expect(secrecyOf('phraseText', ['phrase'])).toBe('all');
    expect(secrecyOf('password', ['phrase'])).toBe('none');
    expect(secrecyOf('password', ['', '-'])).toBe('none');
  });
});

describe('texts with secrets', () => {
  test.each([
    ['redis://:hunter2@host:1/', 'redis://[redacted]@host:1/'],
    ['https://user:p@ss@host/x, ann@example.org', 'https://[redacted]@host/x, ann@example.org'],
    ['https://ghp-token@host', 'https://[redacted]@host'],
    ['postgres://u:hunt%20er2@db/x', 'postgres://[redacted]@db/x'],
    [`amqp://u:${'p'.repeat(2000)}@host`, 'amqp://[redacted]@host'],
    ['GET /x?access_token=hunter2&a=1', 'GET /x?access_token=[redacted]&a=1'],
    ['/v1?api_key=hunter2&size=3', '/v1?api_key=[redacted]&size=3'],
    ['/v1?key=hunter2&sig=hunter2', '/v1?key=[redacted]&sig=[redacted]'],
    ['with Bearer hunter2', 'with Bearer [redacted]'],
    ['with basic YW5uOmh1bnRlcjI=', 'with basic [redacted]'],
    ['Authorization: Bearer hunter2', 'Authorization: [redacted]'],
    ['authorization: ApiKey hunter2, next', 'authorization: [redacted], next'],
    ['cookie: a=hunter2; b=hunter2', 'cookie: [redacted]'],
    ['password: hunter2', 'password: [redacted]'],
    ['password="hunter2 and more" next', 'password=[redacted] next'],
    ["passphrase='hunter2 and more'", 'passphrase=[redacted]'],
    ['password=hunter{2}', 'password=[redacted]'],
    ['{"password":"hunter2","n":1}', '{"password":[redacted],"n":1}'],
    ['"{\\"clientSecret\\":\\"hunter2\\",\\"n\\":1}"', '"{\\"clientSecret\\":[redacted],\\"n\\":1}"'],
    ['host=db user=u pass=hunter2', 'host=db user=u pass=[redacted]'],
    ['x-api-key: hunter2', 'x-api-key: [redacted]'],
    ['credentials: hunter2', 'credentials: [redacted]'],
    ['tokens=abcdef', 'tokens=[redacted]'],
    ['token=123456', 'token=[redacted]'],
    ['key sk-proj-1234567890abcdef refused', 'key [redacted] refused'],
    ['ghp_1234567890abcdef', '[redacted]'],
    ['xoxb-1234567890-abcdef', '[redacted]'],
    ['AKIAIOSFODNN7EXAMPLE', '[redacted]'],
    ['jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl', 'jwt [redacted]'],
  ])('%.60s', (text, clean) => {
    expect(withoutSecrets(text)).toBe(clean);
    expect(withoutSecrets(clean)).toBe(clean);
  });

  test.each([
    'phrase ready: 7 in 12 ms',
    'http://127.0.0.1:8080/health?verbose=1',
    'mail to ann@example.org: sent',
    'tokens: 512, maxTokens=4096',
    'basic checks: pass: 3, fail: 1',
    'Unexpected token } in JSON',
    'missing bearer token',
    'a task-manager in /disk_one: sorted by key=3',
  ])('%s: none', (text) => {
    expect(withoutSecrets(text)).toBe(text);
  });

  test('each is replaced by what is asked for', () => {
    let count = 0;
    expect(withoutSecrets('a://b@c token=d', () => `<${++count}>`)).toBe('a://<1>@c token=<2>');
  });

  const pieces = [
    '://a',
    '://@@@@',
    'a@',
    'a://',
    'token=',
    'token="',
    "token='",
    'token\\"',
    'password',
    'Bearer ',
    'basic',
    'authorization: ',
    'cookie:a;',
    '?key',
    '?a.-',
    'eyJ',
    '-eyJ',
    'eyJaaaaaaaa.',
    '-sk-',
    'sk_',
    'AKIA',
    '-_-',
    '=',
  ];
  test.each(pieces)('are looked for in linear time: %s', (piece) => {
    const timeOf = (count: number) => {
      const text = `=${piece.repeat(count)}`;
      const startMs = process.cpuUsage().user;
      withoutSecrets(text);
      return (process.cpuUsage().user - startMs) / 1000;
    };
    timeOf(1000);
    // Of quadratic time, minutes.
    expect(timeOf(200_000)).toBeLessThan(3000);
  });
});
