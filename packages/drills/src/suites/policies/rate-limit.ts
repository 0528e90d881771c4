import {
  constant,
  type Pipeline,
  pipeline,
  rateLimit,
  rateLimitFaults,
  retry,
  Signals,
  systemClock,
  tokenBucket,
} from '@sustain/kernel';
import { type DrillSubject, drill } from '../../drill/index.ts';
import { startInjection } from '../../injection/index.ts';
import { sourceOf } from '../source-of.ts';

interface Limited extends DrillSubject {
  /** Others, who have the same limit: they call before each use, until nothing is left. */
  greedyOthers: boolean;
}

/** Longer than a busy machine stops for: who asks again too soon must not find a token by then. */
const TOKEN_MS = 250;

export const rateUsedUp = drill<Limited>({
  name: 'others-use-up-the-rate',
  fault: rateLimitFaults.RATE_LIMITED,
  kind: 'load',
  breaks: 'others use up the rate that they share with the user, again and again',
  recovers: 'the call is made again when the limit has said that there is room for it',
  notices: 'an answer that is a quarter of a second late',
  subject() {
    const signals = new Signals();
    const limit = rateLimit({
      name: 'api',
      quota: tokenBucket({ tokensPerSecond: 1000 / TOKEN_MS, burst: 5 }),
    });
    const calls = pipeline({ signals }, retry({ maxAttempts: 3, backoff: constant(0) }), limit);
    const others = pipeline({ name: 'others' }, limit);
    const subject: Limited = {
      drillable: true,
      signals,
      greedyOthers: false,
      async use(signal) {
        if (subject.greedyOthers) await takeAll(others);
        const answer = await calls.run(() => 'answer', { signal });
        if (answer !== 'answer') throw new Error(`expected an answer, got ${answer}`);
        return 'full';
      },
      close: () => undefined,
    };
    return subject;
  },
  inject(subject, scene) {
    subject.greedyOthers = true;
    const undo = () => {
      subject.greedyOthers = false;
    };
    scene.inject(startInjection({ what: 'others call until they are refused', undo }));
  },
  limits: { recoveryMs: 2000 },
  sabotage: {
    file: sourceOf('packages/kernel/src/policies/retry/retry-after-header.ts'),
    replace: 'context?.retryAfterMs || ',
    by: '',
  },
});

/** Takes all that there is, until the user who comes next has to wait for almost all of a token's time. */
async function takeAll(others: Pipeline): Promise<void> {
  for (;;) {
    try {
      await others.run(() => undefined);
    } catch (error) {
      if (!rateLimitFaults.RATE_LIMITED.matches(error)) throw error;
      const { retryAfterMs } = error.context;
      if (retryAfterMs > 0.8 * TOKEN_MS) return;
      await systemClock.sleep(retryAfterMs);
    }
  }
}
