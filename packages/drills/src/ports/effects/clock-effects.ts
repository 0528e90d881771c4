import { checkOption } from '@sustain/kernel/options';
import type { Call, Effect } from '../call.ts';

/**
 * A clock that is wrong by `byMs`, forward or back: `inject(clock, { wallMs: { effect: jumps(-3_600_000) } })`. It jumps
 * when the injection begins, and back when it ends. Of a real machine only the wall time does. Traced once.
 */
export function jumps(byMs: number): Effect<number, number> {
  const most = Number.MAX_SAFE_INTEGER;
  checkOption('byMs of jumps', byMs, { least: -most, most });
  return numberEffect('jumps', `${byMs} ms`, () => (time) => time + byMs);
}

/** A clock that stands still from its first reading on; when the injection ends it shows the true time. Traced once. */
export function freezes(): Effect<number, number> {
  return numberEffect('freezes', '', () => {
    let frozen: number | undefined;
    return (time) => {
      frozen ??= time;
      return frozen;
    };
  });
}

function numberEffect(
  name: string,
  what: string,
  start: () => (time: number) => number,
): Effect<number, number> {
  return {
    name,
    begin() {
      const change = start();
      let isTraced = false;
      return (call: Call<number>) => {
        if (!isTraced) call.note(what);
        isTraced = true;
        return change(call.proceed());
      };
    },
  };
}
