import { serverFaults } from '@sustain/ops/server';
import { sourceOf } from '../source-of.ts';
import { ask, askRaw, upgradeBytes } from './asking.ts';
import { refusedClient } from './refused-client.ts';

const admission = sourceOf('packages/ops/src/server/admission.ts');

/** What a browser sends for a page that somebody else serves. */
const foreign = { origin: 'http://evil.example' };

export const hostRefused = refusedClient({
  name: 'rebound-name',
  fault: serverFaults.HOST_REFUSED,
  breaks: 'a page of another site has its name lead to 127.0.0.1, and asks there',
  notices: 'nothing; the page is answered 421',
  status: 421,
  ask: ({ url, client }, signal) =>
    ask(`${url}/volume`, { headers: { ...client, host: 'evil.example' }, signal }),
  sabotage: {
    file: admission,
    replace: "if (!this.#answersTo(host.toLowerCase().replace(/:\\d*$/, '')))",
    by: 'if (false)',
  },
});

export const originRefused = refusedClient({
  name: 'foreign-page',
  fault: serverFaults.ORIGIN_REFUSED,
  breaks: 'a page of another site sets the volume through the browser of its user',
  notices: 'nothing; the page is answered 403',
  status: 403,
  ask: ({ url, client }, signal) =>
    ask(`${url}/volume`, {
      method: 'PUT',
      headers: { ...client, ...foreign, 'content-type': 'application/json' },
      body: '{"volume":100}',
      signal,
    }),
  sabotage: {
    file: admission,
    replace: 'if (origin !== undefined && !isOwn(origin, host, isHttps))',
    by: 'if (false)',
  },
});

export const foreignWebSocket = refusedClient({
  name: 'foreign-web-socket',
  fault: serverFaults.ORIGIN_REFUSED,
  breaks: 'a page of another site opens a WebSocket, which browsers let it do',
  notices: 'nothing; the page is answered 403',
  status: 403,
  ask: ({ url, client }, signal) => askRaw(url, upgradeBytes('/stream', { ...client, ...foreign }), signal),
  sabotage: {
    file: sourceOf('packages/ops/src/server/upgrades.ts'),
    replace: 'const identity = this.#options.admit(request);',
    by: "const identity = { state: 'anonymous' } as Identity | Refusal;",
  },
});

export const embedded = refusedClient({
  name: 'embedded-by-another-site',
  fault: serverFaults.ORIGIN_REFUSED,
  breaks: 'a page of another site embeds our answer as an image, for which browsers send no Origin',
  notices: 'nothing; the page is answered 403',
  status: 403,
  ask: ({ url, client }, signal) =>
    ask(`${url}/volume`, {
      headers: { ...client, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
      signal,
    }),
  sabotage: {
    file: admission,
    replace:
      "if ((site === 'cross-site' || site === 'same-site') && (mode !== 'navigate' || writes(request)))",
    by: 'if (false)',
  },
});
