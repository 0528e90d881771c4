import { type Clock, type Random, type Signals, systemRandom } from '@sustain/kernel';
import { COUNT, checkOptions, POSITIVE } from '@sustain/kernel/options';
import type { HealthMonitor } from '../health/index.ts';
import type { AccessToken } from './auth/index.ts';
import { serverFaults } from './faults.ts';
import { isLoopback } from './loopback.ts';
import type { MetricsSource } from './metrics-route.ts';
import type { RequestRates } from './rate-limit/index.ts';

export interface ServerOptions {
  /** Address to listen on; other than loopback only with `tokens`. `localhost` means `127.0.0.1`, which is the default. */
  readonly host?: string;
  /** 0 to 65535; 0 takes any free port. Default 4400. */
  readonly port?: number;
  readonly health: HealthMonitor;
  readonly clock: Clock;
  readonly signals: Signals;
  /** Where the ids of a run come from. Default: the host's. */
  readonly random?: Random;
  /** What `/metrics` answers. Default none: there is no such path then. */
  readonly metrics?: MetricsSource | undefined;
  /**
   * Who may come in: with any, every request and every WebSocket needs one, `/health/live` excepted. Default none, which
   * is for loopback only. The server speaks plain HTTP: across a network put a proxy with TLS before it.
   */
  readonly tokens?: readonly AccessToken[];
  /** How long a browser stays signed in. Milliseconds, above 0. Default 12 hours. */
  readonly sessionMs?: number;
  /** How many requests are let in. */
  readonly rates?: RequestRates;
  /** Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` count: addresses, or networks as `10.0.0.0/8`. Default none. */
  readonly trustedProxies?: readonly string[];
  /** Host names to answer to besides the loopback names and addresses (a proxy's name), without port. Default none. */
  readonly allowedHosts?: readonly string[];
  /** How many signals `/api/signals` keeps for those who come back. Whole, 1 to 1,000,000. Default 1000. */
  readonly signalHistory?: number;
  /** How many may listen to `/api/signals` at once. Whole, 1 or more. Default 50. */
  readonly maxStreams?: number;
  /** How often a quiet event stream shows that it lives. Milliseconds, above 0. Default 15000. */
  readonly heartbeatMs?: number;
  /** Largest request body. Bytes, 1 or more. Default 65536. */
  readonly bodyLimitBytes?: number;
  /** How long a request may take to arrive; its headers a third of that. Milliseconds, 1 or more. Default 30000. */
  readonly requestTimeoutMs?: number;
  /** How many connections may be open at once; more are closed at once. Whole, 1 or more. Default 10000. */
  readonly maxConnections?: number;
  /** How long `stop` waits for requests and sockets to end by themselves. Milliseconds, 0 or more. Default 3000. */
  readonly stopTimeoutMs?: number;
}

/** Of the options, those that have a default have it. */
export type ResolvedServerOptions = Required<Omit<ServerOptions, 'metrics'>> & Pick<ServerOptions, 'metrics'>;

/** Fills in the defaults. Throws REMOTE_WITHOUT_TOKEN for a host that is not loopback, a RangeError for bad numbers. */
export function resolveServerOptions(options: ServerOptions): ResolvedServerOptions {
  const resolved = { ...defaults, ...given(options) } as ResolvedServerOptions;
  const { host, tokens } = resolved;
  requireInteger('port', resolved.port, 0, 65_535);
  requireInteger('bodyLimitBytes', resolved.bodyLimitBytes, 1, Number.MAX_SAFE_INTEGER);
  requireInteger('stopTimeoutMs', resolved.stopTimeoutMs, 0, 3_600_000);
  requireInteger('requestTimeoutMs', resolved.requestTimeoutMs, 1, 3_600_000);
  checkOptions('server', {
    sessionMs: [resolved.sessionMs, POSITIVE],
    maxStreams: [resolved.maxStreams, COUNT],
    heartbeatMs: [resolved.heartbeatMs, POSITIVE],
    maxConnections: [resolved.maxConnections, COUNT],
  });
  if (tokens.length === 0 && !isLoopback(host)) throw serverFaults.REMOTE_WITHOUT_TOKEN({ host });
  // Fastify would open a second socket for ::1, which it does not close with the first.
  return { ...resolved, host: host === 'localhost' ? '127.0.0.1' : host };
}

const defaults = {
  host: '127.0.0.1',
  port: 4400,
  random: systemRandom,
  tokens: [],
  sessionMs: 12 * 3_600_000,
  rates: {},
  trustedProxies: [],
  allowedHosts: [],
  signalHistory: 1000,
  maxStreams: 50,
  heartbeatMs: 15_000,
  bodyLimitBytes: 65_536,
  requestTimeoutMs: 30_000,
  maxConnections: 10_000,
  stopTimeoutMs: 3000,
} as const satisfies Partial<ServerOptions>;

/** Without what is there and undefined. */
function given(options: ServerOptions): Partial<ServerOptions> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function requireInteger(name: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new RangeError(`${name} must be a whole number from ${min} to ${max}, got ${value}`);
}
