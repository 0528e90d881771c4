import { serverFaults } from './faults.ts';

/** Makes a fault with its cure of what the operating system says when it cannot listen; anything else stays as it is. */
export function listenFault(error: unknown, host: string, port: number): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return serverFaults.ADDRESS_IN_USE({ host, port }, { cause: error });
  if (unusable.has(code)) {
    return serverFaults.ADDRESS_UNUSABLE({ host, port, reason: String(code) }, { cause: error });
  }
  return error;
}

/** No right to the port, no such address here, and names that lead to none; EAI_AGAIN where there is no name server. */
const unusable: ReadonlySet<unknown> = new Set([
  'EACCES',
  'EADDRNOTAVAIL',
  'EAFNOSUPPORT',
  'ENOTFOUND',
  'EAI_AGAIN',
]);
