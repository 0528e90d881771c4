import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type Signal, SimulatedClock } from '@sustain/kernel';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { requestFinished } from './index.ts';
import { healthSchema, type JsonSchema, signalSchema } from './schemas/index.ts';
import { newServer, problem } from './server.fixture.ts';

const TOKEN = 'correct-horse-battery';

interface Description {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> };
  readonly security?: unknown;
}

interface Operation {
  readonly summary?: string;
  readonly parameters?: readonly { readonly name: string; readonly schema: JsonSchema }[];
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { schema: JsonSchema }>> }>
  >;
}

async function described(tokens: readonly string[] = []) {
  const { server } = newServer({
    tokens,
    metrics: { scrape: async () => ({ contentType: TEXT, body: '# TYPE x counter\nx 1\n' }) },
  });
  server.register(
    async (app) => {
      const schema = {
        response: { 200: { description: 'ok', type: 'object', properties: { tempo: { type: 'number' } } } },
      };
      app.get('/tempo/:voice', { schema }, async () => ({ tempo: 60, secret: 1 }));
    },
    { prefix: '/auralis' },
  );
  const url = await server.start();
  const headers: Record<string, string> =
    tokens[0] === undefined ? {} : { authorization: `Bearer ${tokens[0]}` };
  const response = await fetch(`${url}/api/openapi.json`, { headers });
  expect(response.status).toBe(200);
  return { url, headers, description: (await response.json()) as Description };
}

const TEXT = 'text/plain; version=0.0.4';

describe('/api/openapi.json', () => {
  it('is OpenAPI 3.1 with well-formed schemas, and every reference in it leads somewhere', async () => {
    const { description } = await described([TOKEN]);
    expect(description.openapi).toBe('3.1.0');
    const ajv = new Ajv2020({ strict: true, strictTypes: false, formats: { 'date-time': true } });
    for (const [name, schema] of Object.entries(description.components.schemas)) {
      expect(ajv.validateSchema(schema), name).toBe(true);
      ajv.compile(schema);
    }
    const references = [...JSON.stringify(description).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)];
    expect(references.length).toBeGreaterThan(10);
    for (const [, name] of references) expect(description.components.schemas).toHaveProperty(name ?? '');
    expect(description.security).toEqual([{ bearer: [] }, { session: [] }]);
  });

  it('has every route, those of systems among them, and each answers', async () => {
    const { url, headers, description } = await described([TOKEN]);
    const paths = Object.entries(description.paths);
    expect(paths.map(([path]) => path).sort()).toEqual([
      '/api/',
      '/api/login',
      '/api/logout',
      '/api/openapi.json',
      '/api/signals',
      '/auralis/tempo/{voice}',
      '/health',
      '/health/live',
      '/health/ready',
      '/health/{system}',
      '/metrics',
    ]);
    for (const [path, operations] of paths) {
      for (const [method, { responses }] of Object.entries(operations)) {
        const asked = path.replace('{system}', 'auralis').replace('{voice}', 'bass');
        const stop = new AbortController();
        const response = await fetch(url + asked, {
          method: method.toUpperCase(),
          headers: { ...headers, ...(path === '/api/login' && { 'content-type': 'application/json' }) },
          ...(path === '/api/login' && { body: JSON.stringify({ token: TOKEN }) }),
          signal: stop.signal,
        });
        expect([path, Object.keys(responses)]).toEqual([
          path,
          expect.arrayContaining([String(response.status), 'default']),
        ]);
        expect([path, response.status]).toEqual([path, expect.toSatisfy((status: number) => status < 300)]);
        const [type] = Object.keys(responses[response.status]?.content ?? {});
        if (type !== undefined && response.status !== 204)
          expect([path, response.headers.get('content-type')]).toEqual([path, expect.stringContaining(type)]);
        stop.abort();
      }
    }
  });

  it('describes what is answered: health, problems, signals, the index', async () => {
    const { url, description } = await described();
    const ajv = new Ajv2020({ strictTypes: false, formats: { 'date-time': true } });
    const fits = (name: string, value: unknown) =>
      expect(ajv.validate(description.components.schemas[name] as JsonSchema, value), ajv.errorsText()).toBe(
        true,
      );
    fits('Health', await (await fetch(`${url}/health`)).json());
    fits('Health', await (await fetch(`${url}/health/ready`)).json());
    fits('ApiIndex', await (await fetch(`${url}/api/`)).json());
    fits('Problem', await problem(await fetch(`${url}/nowhere`)));
    expect(description.components.schemas['Health']).toEqual(healthSchema);
    expect(description.components.schemas['Signal']).toEqual(signalSchema);
    expect(description).not.toHaveProperty('security');
    expect(description.paths).not.toHaveProperty('/api/login');
  });

  it('leads on from an index, in which everything is there', async () => {
    const { url } = await described();
    const { links } = (await (await fetch(`${url}/api`)).json()) as { links: Record<string, string> };
    expect(Object.keys(links)).toEqual(['openapi', 'signals', 'health', 'live', 'ready', 'metrics']);
    for (const path of Object.values(links)) {
      const response = await fetch(url + path);
      expect([path, response.status]).toEqual([path, 200]);
      await response.body?.cancel();
    }
  });
});

describe('/metrics', () => {
  it('answers the text with the type of its source; scrapes at the same time share one', async () => {
    let collected = 0;
    const release = Promise.withResolvers<void>();
    const scrape = async () => {
      collected++;
      await release.promise;
      return { contentType: TEXT, body: 'x 1\n' };
    };
    const { server } = newServer({ metrics: { scrape } });
    const url = await server.start();
    let begun = 0;
    const onBegun = () => void begun++;
    subscribe('http.server.request.start', onBegun);
    const scrapes = [fetch(`${url}/metrics`), fetch(`${url}/metrics`)];
    while (begun < 2) await new Promise(setImmediate);
    unsubscribe('http.server.request.start', onBegun);
    release.resolve();
    for (const response of await Promise.all(scrapes)) {
      expect(response.headers.get('content-type')).toBe(TEXT);
      expect(await response.text()).toBe('x 1\n');
    }
    expect(collected).toBe(1);
  });

  it.each([
    ['rejects', () => Promise.reject(new Error('password is hunter2'))],
    [
      'throws at once',
      () => {
        throw new Error('password is hunter2');
      },
    ],
  ])(
    'that cannot be collected are told as 503, without the cause, and collected again: the source %s',
    async (_how, fail) => {
      let failures = 1;
      const scrape = () => (failures-- > 0 ? fail() : Promise.resolve({ contentType: TEXT, body: 'x 1\n' }));
      const { server } = newServer({ metrics: { scrape } });
      const url = await server.start();
      const failed = await fetch(`${url}/metrics`);
      expect([failed.status, failed.headers.get('retry-after')]).toEqual([503, '15']);
      expect(JSON.stringify(await problem(failed))).not.toContain('hunter2');
      expect((await fetch(`${url}/metrics`)).status).toBe(200);
    },
  );

  it('are collected anew after a collection that never ended', async () => {
    const clock = new SimulatedClock();
    const collecting = Promise.withResolvers<void>();
    let hangs = true;
    const scrape = () => {
      if (!hangs) return Promise.resolve({ contentType: TEXT, body: 'x 1\n' });
      collecting.resolve();
      return Promise.withResolvers<never>().promise;
    };
    const { server } = newServer({ metrics: { scrape }, clock });
    const url = await server.start();
    const late = fetch(`${url}/metrics`);
    await collecting.promise;
    await clock.advance(10_000);
    expect((await late).status).toBe(503);
    hangs = false;
    expect(await (await fetch(`${url}/metrics`)).text()).toBe('x 1\n');
  });

  it('are not there where a program has none', async () => {
    const { server } = newServer();
    expect((await fetch(`${await server.start()}/metrics`)).status).toBe(404);
  });
});

describe('a finished request', () => {
  it('is told with the template of its route, so that there are few, and with the name of its token', async () => {
    const { server, signals } = newServer({ tokens: [{ name: 'ops', token: TOKEN }] });
    const finished: Signal[] = [];
    signals.on(requestFinished, (signal) => finished.push(signal));
    const url = await server.start();
    const headers = { authorization: `Bearer ${TOKEN}` };
    await fetch(`${url}/health/auralis?x=1`, { headers });
    await fetch(`${url}/health/guitar`, { headers });
    await fetch(`${url}/where/${'x'.repeat(100)}`, { headers });
    await fetch(`${url}/health`);
    while (finished.length < 4) await new Promise(setImmediate);
    expect(finished.map(({ data }) => data)).toEqual([
      { method: 'GET', route: '/health/:system', status: 200, durationMs: expect.any(Number), caller: 'ops' },
      { method: 'GET', route: '/health/:system', status: 404, durationMs: expect.any(Number), caller: 'ops' },
      { method: 'GET', route: 'unknown', status: 404, durationMs: expect.any(Number), caller: 'ops' },
      { method: 'GET', route: '/health', status: 401, durationMs: expect.any(Number) },
    ]);
    expect(finished[0]?.operationId).toMatch(/^[0-9a-f]{32}$/);
  });
});
