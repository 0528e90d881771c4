import type { PortToxic } from '../toxic.ts';

/** The port is closed: who connects sees ECONNREFUSED. Open connections stay. When it is ended, the same port is open again. */
export function refuse(): PortToxic {
  return { on: 'port', what: 'refuse' };
}
