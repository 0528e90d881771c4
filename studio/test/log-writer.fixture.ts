import process from 'node:process';
import { createLogging } from '@sustain/ops/log';

// A program that logs: `node log-writer.fixture.ts <folder> <lines>`. It rotates after every 20 kB; every tenth line is an error.
const [folder = '', lines = ''] = process.argv.slice(2);
const logging = createLogging({
  outputs: [{ path: `${folder}/bot.log`, maxSizeBytes: 20_000, backupCount: 1000, flushEveryMs: 20 }],
});
const logger = logging.logger('writer');
for (let number = 0; number < Number(lines); number++) {
  const message = `${process.pid}#${number}`;
  if (number % 10 === 0) logger.error(message);
  else logger.info(message, { context: { number } });
  if (number % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
}
await logging.close();
