import { z } from 'zod';
import { milliseconds, size, timeWithUnit } from '../human-values.ts';
import { defineSection } from '../section.ts';

const name = z.string().min(1);
const sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/i)
  .describe('the SHA-256 of a token, 64 hexadecimal digits');

/** Whether they are good enough, the server says, which knows why. */
const token = z
  .union([z.string(), z.strictObject({ name, token: z.string() }), z.strictObject({ name, sha256 })])
  .describe('a token, sha256:…, {name, token} or {name, sha256}');

const HOUR_MS = 3_600_000;
const rate = z.strictObject({ perSecond: z.number().positive(), burst: z.number().min(1) });

const schema = z
  .strictObject({
    host: z.string().min(1),
    port: z.int().min(0).max(65_535),
    tokens: z.array(token),
    session: timeWithUnit({ leastMs: 1 }),
    rates: z.strictObject({ perAddress: rate, loopback: rate, perToken: rate }),
    trustedProxies: z.array(z.string().min(1)),
    allowedHosts: z.array(z.string().min(1)),
    signalHistory: z.int().min(1).max(1_000_000),
    maxStreams: z.int().min(1),
    heartbeatMs: milliseconds({ leastMs: 1 }),
    bodyLimit: size(),
    requestTimeoutMs: milliseconds({ leastMs: 1, mostMs: HOUR_MS }),
    maxConnections: z.int().min(1),
    stopTimeoutMs: milliseconds({ mostMs: HOUR_MS }),
  })
  .transform(({ session, bodyLimit, ...same }) => ({
    ...same,
    sessionMs: session,
    bodyLimitBytes: bodyLimit,
  }));

/** `server:` for `createServer`. Broken, it stops the program: its defaults ask nobody for a token. */
export const serverSection = defineSection({
  schema,
  defaults: {
    host: '127.0.0.1',
    port: 4400,
    tokens: [],
    session: '12h',
    rates: {
      perAddress: { perSecond: 50, burst: 200 },
      loopback: { perSecond: 2000, burst: 4000 },
      perToken: { perSecond: 200, burst: 400 },
    },
    trustedProxies: [],
    allowedHosts: [],
    signalHistory: 1000,
    maxStreams: 50,
    heartbeatMs: '15s',
    bodyLimit: '64 KiB',
    requestTimeoutMs: '30s',
    maxConnections: 10_000,
    stopTimeoutMs: '3s',
  },
  environment: { SUSTAIN_HOST: 'host', SUSTAIN_PORT: 'port', SUSTAIN_TOKEN: 'tokens' },
  whenBroken: 'refuse',
});
