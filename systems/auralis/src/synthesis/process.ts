import process from 'node:process';
import { setImmediate } from 'node:timers/promises';
import { classify } from '@sustain/kernel';
import { exitWithParent } from '@sustain/kernel/node';
import { createEngine } from './create-engine.ts';
import { type EngineName, engineNames } from './engine-name.ts';
import type { FromSynthesis, ToSynthesis } from './messages.ts';
import { type ServedEngine, serveSynthesis } from './serve.ts';

// The synthesis process: it may crash, hang or leak, its parent is prepared. Its arguments are the path of what the CPU
// engine is made of, and which engine it is to have.
exitWithParent();
const [, , wasmPath, wanted = 'cpu'] = process.argv;
await serveSynthesis(await firstUsableEngine(wanted as EngineName), {
  send,
  listen: () => setImmediate(),
  onMessage: (listener) => process.on('message', (message) => listener(message as ToSynthesis)),
});

/** The engine of that name, or the next that can be had. */
async function firstUsableEngine(name: EngineName): Promise<ServedEngine> {
  const next = engineNames[engineNames.indexOf(name) + 1];
  try {
    return await createEngine(name, wasmPath);
  } catch (error) {
    if (next === undefined) throw error;
    await send({ type: 'unusable', engine: name, reason: classify(error).message });
    return firstUsableEngine(next);
  }
}

function send(message: FromSynthesis): Promise<void> {
  return new Promise((resolve, reject) => {
    if (process.send === undefined)
      throw new Error('the synthesis process must be forked, with an IPC channel');
    process.send(message, (error: Error | null) => (error === null ? resolve() : reject(error)));
  });
}
