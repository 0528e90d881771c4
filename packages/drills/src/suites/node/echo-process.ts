// A process that answers what it is sent, and does as it is told: what the drills of `node` break.
import { Buffer } from 'node:buffer';
import process from 'node:process';

// It needs nothing else of the kernel: a small module is up sooner.
process.once('disconnect', () => process.exit(1));
process.on('message', ({ id, text }: { readonly id: number; readonly text: string }) => {
  process.send?.({ id, answer: Buffer.from(text).toString('base64') });
});
process.send?.({ up: true });
