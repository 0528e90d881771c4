import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { captureException, init } from '@sentry/node';
import type { Fault } from '@sustain/kernel';

/** Has a fault handled and seen. */
export type Contender = (fault: Fault, component: string) => unknown;

/** Sentry as its documentation sets it up, sending to a server on this machine. */
export async function seenBySentry(): Promise<Contender> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.end('{}'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  init({ dsn: `http://public@127.0.0.1:${(server.address() as AddressInfo).port}/42` });
  return (fault, component) => captureException(fault, { tags: { component } });
}
