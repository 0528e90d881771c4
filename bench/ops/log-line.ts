import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogging } from '@sustain/ops/log';
import { destination, pino } from 'pino';
import type { BenchFigure } from '../bench-case.ts';
import { inTurns } from '../in-turns.ts';

const LINES = 200;
const detailsOf = (phraseId: number) => ({ context: { phraseId, device: 'cpu', listeners: 3 } });

/** A line with a context, to a file that is written in the background: ours beside bare pino. */
export async function logLine(): Promise<BenchFigure> {
  const folder = mkdtempSync(join(tmpdir(), 'sustain-bench-'));
  const logging = createLogging({
    outputs: [{ path: join(folder, 'ours.log'), maxSizeBytes: 1e12 }],
    errorsFile: false,
  });
  const ours = logging.logger('auralis/synthesis');
  const sink = destination({ dest: join(folder, 'theirs.log'), sync: false, minLength: 4096 });
  const theirs = pino({}, sink).child({ module: 'auralis/synthesis' });
  try {
    const turns = await inTurns({
      ours: async () => {
        for (let line = 0; line < LINES; line++) ours.info('phrase rendered', detailsOf(line));
        await new Promise((resolve) => setImmediate(resolve));
      },
      theirs: async () => {
        for (let line = 0; line < LINES; line++) theirs.info(detailsOf(line), 'phrase rendered');
        await new Promise((resolve) => setImmediate(resolve));
      },
    });
    return { value: turns.ours / LINES, rival: 'pino', rivalValue: turns.theirs / LINES };
  } finally {
    await logging.close();
    sink.end();
    rmSync(folder, { recursive: true });
  }
}
