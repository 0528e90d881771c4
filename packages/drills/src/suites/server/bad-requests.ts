import { systemClock } from '@sustain/kernel';
import { serverFaults } from '@sustain/ops/server';
import { sourceOf } from '../source-of.ts';
import { ask, askRaw, upgradeBytes } from './asking.ts';
import { refusedClient } from './refused-client.ts';

const answers = sourceOf('packages/ops/src/server/problem-answers.ts');
const json = { 'content-type': 'application/json' };
const LIMIT_BYTES = 10_000;

export const unknownRoute = refusedClient({
  name: 'unknown-route',
  fault: serverFaults.NOT_FOUND,
  breaks: 'a client asks for a path that nobody serves',
  notices: 'nothing; who asked is answered 404',
  status: 404,
  ask: ({ url, client }, signal) => ask(`${url}/admin.php`, { headers: client, signal }),
  sabotage: {
    file: answers,
    replace: 'answer(new Refusal(serverFaults.NOT_FOUND({ what }), 404), request, reply);',
    by: 'reply.code(404).send(what);',
  },
});

export const unknownSystem = refusedClient({
  name: 'unknown-system',
  fault: serverFaults.NOT_FOUND,
  breaks: 'a client asks for the health of a system that is not there',
  notices: 'nothing; who asked is answered 404, with the names of those that are there',
  status: 404,
  ask: ({ url, client }, signal) => ask(`${url}/health/guitar`, { headers: client, signal }),
  sabotage: {
    file: sourceOf('packages/ops/src/server/health-routes.ts'),
    replace: 'if (!systems.includes(system)) {',
    by: 'if (false) {',
  },
});

export const unknownWebSocket = refusedClient({
  name: 'unknown-web-socket',
  fault: serverFaults.NOT_FOUND,
  breaks: 'a client opens a WebSocket at a path that nobody serves',
  notices: 'nothing; who asked is answered 404',
  status: 404,
  ask: ({ url, client }, signal) => askRaw(url, upgradeBytes('/guitar', client), signal),
  sabotage: {
    file: sourceOf('packages/ops/src/server/upgrades.ts'),
    replace: 'if (route === undefined)',
    by: 'if (route === undefined) return undefined;\n    if (false)',
  },
});

export const malformedHttp = refusedClient({
  name: 'malformed-http',
  fault: serverFaults.REQUEST_INVALID,
  breaks: 'a client speaks TLS where HTTP is spoken',
  notices: 'nothing; who asked is answered 400',
  status: 400,
  ask: ({ url }, signal) => askRaw(url, '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n', signal),
  sabotage: {
    file: answers,
    replace: 'if (answer?.headersSent) {',
    by: 'if (true) {',
  },
});

export const malformedBody = refusedClient({
  name: 'malformed-body',
  fault: serverFaults.REQUEST_INVALID,
  breaks: 'a client sends half of a JSON text',
  notices: 'nothing; who asked is answered 400',
  status: 400,
  ask: ({ url, client }, signal) =>
    ask(`${url}/volume`, { method: 'PUT', headers: { ...client, ...json }, body: '{"volume":', signal }),
  sabotage: {
    file: sourceOf('packages/ops/src/server/refusal.ts'),
    replace: 'if (isOfFastify(error) && error.statusCode >= 400 && error.statusCode < 500) {',
    by: 'if (false) {',
  },
});

export const malformedAddress = refusedClient({
  name: 'malformed-address',
  fault: serverFaults.REQUEST_INVALID,
  breaks: 'a client asks for an address with a broken escape in it',
  notices: 'nothing; who asked is answered 400',
  status: 400,
  ask: ({ url, client }, signal) => ask(`${url}/%zz`, { headers: client, signal }),
  sabotage: {
    file: answers,
    replace: 'sendProblem(reply.headers(securityHeaders), new Refusal(fault, 400), request.id);',
    by: 'reply.code(400).send(String(fault.message));',
  },
});

/** Slower than a busy machine, which must not be taken for a slow client. */
const REQUEST_TIMEOUT_MS = 900;

export const slowHeaders = refusedClient({
  name: 'slow-headers',
  fault: serverFaults.REQUEST_INVALID,
  kind: 'network',
  breaks: 'a client begins with its headers and never ends, so that its connection stays taken',
  notices: 'nothing; the slow client is answered 408 and cut',
  status: 408,
  server: { server: { requestTimeoutMs: REQUEST_TIMEOUT_MS } },
  ask: ({ url }, signal) => askRaw(url, 'GET /volume HTTP/1.1\r\nhost: 127.0.0.1\r\nx-slow: ', signal),
  limits: { detectMs: 3000 },
  sabotage: {
    file: sourceOf('packages/ops/src/server/http-app.ts'),
    replace: 'connectionsCheckingInterval: Math.min(5000, Math.ceil(requestTimeoutMs / 4)),',
    by: 'connectionsCheckingInterval: 3_600_000,',
  },
});

export const bodyTooLarge = refusedClient({
  name: 'body-too-large',
  fault: serverFaults.BODY_TOO_LARGE,
  breaks: 'a client sends a body beyond the limit',
  notices: 'nothing; who asked is answered 413',
  status: 413,
  server: { server: { bodyLimitBytes: LIMIT_BYTES } },
  ask: ({ url, client }, signal) =>
    ask(`${url}/volume`, {
      method: 'PUT',
      headers: { ...client, ...json },
      body: JSON.stringify({ volume: 1, more: 'x'.repeat(LIMIT_BYTES) }),
      signal,
    }),
  sabotage: {
    file: answers,
    replace: "error.code === 'FST_ERR_CTP_BODY_TOO_LARGE'",
    by: 'false',
  },
});

export const endlessBody = refusedClient({
  name: 'endless-body',
  fault: serverFaults.BODY_TOO_LARGE,
  breaks: 'a client sends a body that has no length and no end',
  notices: 'nothing; who asked is answered 413 and cut',
  status: 413,
  server: { server: { bodyLimitBytes: LIMIT_BYTES } },
  ask: ({ url, client }, signal) =>
    ask(`${url}/volume`, {
      method: 'PUT',
      headers: { ...client, ...json },
      body: endless(signal),
      signal,
    }),
  sabotage: {
    file: sourceOf('packages/ops/src/server/http-app.ts'),
    replace: 'bodyLimit: options.bodyLimitBytes,',
    by: 'bodyLimit: Number.MAX_SAFE_INTEGER,',
  },
});

async function* endless(signal: AbortSignal): AsyncGenerator<string> {
  while (!signal.aborted) {
    yield 'x'.repeat(1000);
    await systemClock.sleep(1, { signal }).catch(() => undefined); // ended: the loop's end
  }
}
