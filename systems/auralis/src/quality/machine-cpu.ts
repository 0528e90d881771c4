import { cpus } from 'node:os';

/** What share of all processors' time, 0 to 1, has been worked in since the call before; at first since this. */
export function machineCpu(): () => number {
  let before = times();
  return () => {
    const now = times();
    const all = now.all - before.all;
    const idle = now.idle - before.idle;
    before = now;
    return all > 0 ? 1 - idle / all : 0;
  };
}

function times(): { readonly all: number; readonly idle: number } {
  let [all, idle] = [0, 0];
  for (const { times } of cpus()) {
    all += times.user + times.nice + times.sys + times.irq + times.idle;
    idle += times.idle;
  }
  return { all, idle };
}
