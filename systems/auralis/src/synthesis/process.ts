import process from 'node:process';
import { setImmediate } from 'node:timers/promises';
import { exitWithParent } from '@sustain/kernel/node';
import { createCpuEngine } from './cpu-engine.ts';
import type { FromSynthesis, ToSynthesis } from './messages.ts';
import { serveSynthesis } from './serve.ts';

// The synthesis process: it may crash, hang or leak, its parent is prepared. Its argument is the path of the engine.
exitWithParent();
const [, , wasmPath] = process.argv;
await serveSynthesis(await createCpuEngine(wasmPath === undefined ? {} : { wasmPath }), {
  send: (message: FromSynthesis) =>
    new Promise((resolve, reject) => {
      if (process.send === undefined)
        throw new Error('the synthesis process must be forked, with an IPC channel');
      process.send(message, (error: Error | null) => (error === null ? resolve() : reject(error)));
    }),
  listen: () => setImmediate(),
  onMessage: (listener) => process.on('message', (message) => listener(message as ToSynthesis)),
});
