import { serverFaults } from './faults.ts';

/** Makes a fault with its cure of what the operating system says when it cannot listen; anything else stays as it is. */
export function listenFault(error: unknown, host: string, port: number): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return serverFaults.ADDRESS_IN_USE({ host, port }, { cause: error });
  if (code === 'EACCES' || code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAFNOSUPPORT') {
    return serverFaults.ADDRESS_UNUSABLE({ host, port, reason: code }, { cause: error });
  }
  return error;
}
