// A process that takes a queue, and has a job in it that kills whoever does it: what a drill of `jobs` runs.
import process from 'node:process';
import { inProcessQueue } from '@sustain/jobs/in-process';
import { sqliteStore } from '@sustain/stores/sqlite';

const [path, name, text] = process.argv.slice(2) as [string, string, string];
const store = sqliteStore({ path, durability: 'process-death' });
const queue = await inProcessQueue({ name, store, ownerTtlMs: 300 });
await queue.add({ path: text });
await queue.process(() => process.kill(process.pid, 'SIGKILL'));
