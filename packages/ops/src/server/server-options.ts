import type { Clock, Signals } from '@sustain/kernel';
import type { HealthMonitor } from '../health/index.ts';
import { serverFaults } from './faults.ts';
import { isLoopback } from './loopback.ts';

export interface ServerOptions {
  /** Address to listen on; loopback only. `localhost` means `127.0.0.1`, which is the default. */
  readonly host?: string;
  /** 0 to 65535; 0 takes any free port. Default 4400. */
  readonly port?: number;
  readonly health: HealthMonitor;
  readonly clock: Clock;
  readonly signals: Signals;
  /** Host names to answer to besides the loopback names (a proxy's name), without port. Default none. */
  readonly allowedHosts?: readonly string[];
  /** Largest request body. Bytes, 1 or more. Default 65536. */
  readonly bodyLimitBytes?: number;
  /** How long `stop` waits for requests and sockets to end by themselves. Milliseconds, 0 or more. Default 3000. */
  readonly stopTimeoutMs?: number;
}

/** Fills in the defaults. Throws REMOTE_WITHOUT_TOKEN for a host that is not loopback, a RangeError for bad numbers. */
export function resolveServerOptions(options: ServerOptions): Required<ServerOptions> {
  const {
    host = '127.0.0.1',
    port = 4400,
    allowedHosts = [],
    bodyLimitBytes = 65_536,
    stopTimeoutMs = 3000,
  } = options;
  requireInteger('port', port, 0, 65_535);
  requireInteger('bodyLimitBytes', bodyLimitBytes, 1, Number.MAX_SAFE_INTEGER);
  requireInteger('stopTimeoutMs', stopTimeoutMs, 0, 3_600_000);
  if (!isLoopback(host)) throw serverFaults.REMOTE_WITHOUT_TOKEN({ host });
  // Fastify would open a second socket for ::1, which it does not close with the first.
  const address = host === 'localhost' ? '127.0.0.1' : host;
  return { ...options, host: address, port, allowedHosts, bodyLimitBytes, stopTimeoutMs };
}

function requireInteger(name: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new RangeError(`${name} must be a whole number from ${min} to ${max}, got ${value}`);
}
