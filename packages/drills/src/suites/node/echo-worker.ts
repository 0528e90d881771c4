// A thread that answers what it is sent, and exits when it is told: what the drills of `node` break.
import { Buffer } from 'node:buffer';
import process from 'node:process';
import { parentPort } from 'node:worker_threads';

parentPort?.on('message', ({ id, text }: { readonly id: number; readonly text: string }) => {
  if (text === 'exit') process.exit(3);
  parentPort?.postMessage({ id, answer: Buffer.from(text).toString('base64') });
});
parentPort?.postMessage({ up: true });
