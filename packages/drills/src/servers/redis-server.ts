import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { systemClock } from '@sustain/kernel';
import { drillFaults } from '../drill-faults.ts';
import { findProgram } from '../processes/index.ts';
import { type ServerDefinition, ServerProcess, type ServerProcessOptions } from './server-process.ts';

export interface RedisServerOptions extends ServerProcessOptions {
  /** Also the name of its folder. Default `redis`. */
  readonly name?: string;
  /**
   * When Redis tells the disk to keep what it has written to its append-only file. What outlives a crash of the machine
   * depends on it. A SIGKILL of Redis alone loses nothing that was acknowledged with `always`; with the others nothing
   * as a rule, but up to two seconds where the disk is so slow that an fsync still runs (redis.conf, "appendfsync").
   * Default `everysec`, as Redis.
   */
  readonly appendfsync?: 'always' | 'everysec' | 'no';
  /** More settings, as in redis.conf. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Where Redis is: the first in PATH; undefined when it is not installed. */
export function findRedis(): string | undefined {
  return findProgram('redis-server');
}

/** A private Redis with an append-only file. Throws PROGRAM_MISSING when Redis is not installed. */
export function redisServer(options: RedisServerOptions = {}): ServerProcess {
  const { name = 'redis', appendfsync = 'everysec', settings = {}, ...rest } = options;
  const program = findRedis();
  if (program === undefined) {
    throw drillFaults.PROGRAM_MISSING({ program: 'redis-server', cure: 'apt-get install redis-server' });
  }
  const all = { appendonly: 'yes', appendfsync, save: '', ...settings };
  const definition: ServerDefinition = {
    name,
    command: (port, dataPath) => [
      program,
      ...['--port', `${port}`, '--bind', '127.0.0.1', '--dir', dataPath],
      ...Object.entries(all).flatMap(([setting, value]) => [`--${setting}`, value]),
    ],
    isReady: answersPing,
    url: (port) => `redis://127.0.0.1:${port}`,
  };
  return new ServerProcess(definition, rest);
}

/** Connecting is not enough: while Redis loads its file it accepts connections and answers -LOADING. */
async function answersPing(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const silence = systemClock.schedule(1000, () => socket.destroy(new Error('no answer')));
  try {
    await once(socket, 'connect');
    socket.end('PING\r\n');
    return (await text(socket)) === '+PONG\r\n';
  } catch {
    return false; // it does not listen yet
  } finally {
    silence.cancel();
    socket.destroy();
  }
}
