import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { type Random, systemRandom } from '@sustain/kernel';

const lowest = 10_240;
/** Where systems begin to take ports for outgoing connections: Linux here, others above. */
const usualEphemeral = 32_768;
const attempts = 100;

/**
 * A loopback port that nobody listens on, and that the system gives to no outgoing connection. A server that is killed
 * and comes back needs such a one: while it is away, a client that tries again and again to connect would otherwise be
 * given that very port one day, find itself there, and keep the server from coming back.
 */
export async function freePort(random: Random = systemRandom): Promise<number> {
  const end = Math.max(firstEphemeralPort(), lowest + 1000);
  for (let attempt = 1; ; attempt++) {
    const port = lowest + Math.floor(random.next() * (end - lowest));
    try {
      const server = createServer().listen(port, '127.0.0.1');
      await once(server, 'listening');
      server.close();
      await once(server, 'close');
      return port;
    } catch (error) {
      if (attempt === attempts) throw error;
    }
  }
}

function firstEphemeralPort(): number {
  try {
    return Number.parseInt(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8'), 10);
  } catch {
    return usualEphemeral; // no /proc on this system
  }
}
