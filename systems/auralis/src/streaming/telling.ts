import {
  type Clock,
  constant,
  noSignals,
  pipeline,
  retry,
  type SignalSink,
  timeout,
  timeoutFaults,
  type Work,
} from '@sustain/kernel';

/** Does `send`, with patience; answers whether it was done. Never rejects. */
export type SendWithRetry = (send: Work<void>) => Promise<boolean>;

export interface SendWithRetryOptions {
  readonly clock: Clock;
  /** Where retries are told, as `retry.scheduled` and `retry.exhausted` of `auralis.tell`. Default: nowhere. */
  readonly signals?: SignalSink;
  /** Told why it was not sent at last. */
  readonly onFailure?: (error: unknown) => void;
}

/**
 * Sends as seed 002 has it: three tries of a second each, 0.1 s between them. Only a timeout is tried again, as an error
 * would come again. Audio is never sent so: late audio is of no use to anybody.
 */
export function sendWithRetry(options: SendWithRetryOptions): SendWithRetry {
  const { clock, signals = noSignals, onFailure } = options;
  const policies = pipeline(
    { name: 'auralis.tell', clock, signals },
    retry({
      maxAttempts: 3,
      backoff: constant(100),
      retryOn: (error) => timeoutFaults.TIMED_OUT.matches(error),
    }),
    timeout(1000),
  );
  return async (send) => {
    try {
      await policies.run(send);
      return true;
    } catch (error) {
      onFailure?.(error);
      return false;
    }
  };
}
