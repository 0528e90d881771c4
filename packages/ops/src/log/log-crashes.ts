import { classify } from '@sustain/kernel';
import type { Logging } from './create-logging.ts';

/**
 * Writes down what ends the process, as CRITICAL and with its stack, and flushes: an uncaught throw, or the rejection of
 * a promise that nobody handles. It only watches: the process ends, or does not, as without it. Answers the way to stop.
 */
export function logCrashes(logging: Logging): () => void {
  const logger = logging.logger('process');
  const onCrash = (error: unknown, origin: string) => {
    const fault = classify(error);
    const what = origin === 'unhandledRejection' ? 'nobody handles the rejection of' : 'nobody caught';
    logger.critical(`${what} ${fault.code}: ${fault.message}`, { error, context: { pid: process.pid } });
    logging.flushSync();
  };
  process.on('uncaughtExceptionMonitor', onCrash);
  return () => process.off('uncaughtExceptionMonitor', onCrash);
}
