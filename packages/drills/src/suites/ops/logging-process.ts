// A program that logs what it is told to: see logging-program.ts.
import { join } from 'node:path';
import { Signals } from '@sustain/kernel';
import { createLogging } from '@sustain/ops/log';

const [folder = ''] = process.argv.slice(2);
const signals = new Signals();
const logging = createLogging({
  outputs: [{ path: join(folder, 'bot.log'), retry: { firstMs: 10, mostMs: 20 } }],
  errorsFile: false,
  signals,
});
const logger = logging.logger('bot');

signals.onAny(({ type, source, data }) => {
  process.send?.({ told: type, source, data: JSON.parse(JSON.stringify(data)) });
});
process.on('message', async (message: string) => {
  logger.info(message);
  await logging.flush();
  process.send?.({ logged: message });
});
process.on('disconnect', () => process.exit());
process.send?.({ ready: true });
