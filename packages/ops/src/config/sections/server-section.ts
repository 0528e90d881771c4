import { z } from 'zod';
import { milliseconds, size } from '../human-values.ts';
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

const schema = z
  .strictObject({
    host: z.string().min(1),
    port: z.int().min(0).max(65_535),
    tokens: z.array(token),
    allowedHosts: z.array(z.string().min(1)),
    bodyLimit: size(),
    stopTimeoutMs: milliseconds(),
  })
  .transform(({ bodyLimit, ...same }) => ({ ...same, bodyLimitBytes: bodyLimit }));

/** `server:` for `createServer`. Broken, it stops the program: its defaults ask nobody for a token. */
export const serverSection = defineSection({
  schema,
  defaults: {
    host: '127.0.0.1',
    port: 4400,
    tokens: [],
    allowedHosts: [],
    bodyLimit: '65536 bytes',
    stopTimeoutMs: 3000,
  },
  environment: { SUSTAIN_HOST: 'host', SUSTAIN_PORT: 'port' },
  whenBroken: 'refuse',
});
