import { expect, it } from 'vitest';
import { serverFaults } from './faults.ts';
import { listenFault } from './listen-fault.ts';

const said = (code: string) => Object.assign(new Error(`listen ${code}`), { code });

it.each(['EACCES', 'EADDRNOTAVAIL', 'EAFNOSUPPORT', 'ENOTFOUND', 'EAI_AGAIN'])(
  'an address of which the system says %s is unusable, and why is kept',
  (code) => {
    const error = said(code);
    const fault = listenFault(error, 'mistyped', 4400);
    if (!serverFaults.ADDRESS_UNUSABLE.matches(fault)) throw fault;
    expect(fault.context).toEqual({ host: 'mistyped', port: 4400, reason: code });
    expect(fault.cause).toBe(error);
  },
);

it('an address that somebody else listens on is in use', () => {
  expect(serverFaults.ADDRESS_IN_USE.matches(listenFault(said('EADDRINUSE'), '127.0.0.1', 4400))).toBe(true);
});

it('what a plugin failed with stays what it is', () => {
  const error = new Error('no room for the plugin');
  expect(listenFault(error, '127.0.0.1', 4400)).toBe(error);
});
