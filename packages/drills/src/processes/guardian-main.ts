// The guardian's own process: see guardian.ts. Its input ends when the process that started it does, however it does.
import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { endProcess } from './end-process.ts';

const [folder = ''] = process.argv.slice(2);
const watched = new Map<number, NodeJS.Signals>();

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => watched.size);

for await (const line of createInterface({ input: process.stdin })) {
  const [word, pid, signal] = line.split(' ');
  if (word === 'watch') watched.set(Number(pid), signal as NodeJS.Signals);
  else watched.delete(Number(pid));
}

await Promise.all([...watched].map(([pid, signal]) => endProcess(pid, signal)));
rmSync(folder, { recursive: true, force: true });
