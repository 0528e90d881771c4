import { constant, pipeline, retry, Signals, timeout, timeoutFaults } from '@sustain/kernel';
import { type DrillSubject, drill } from '../../drill/index.ts';
import { startInjection } from '../../injection/index.ts';
import { sourceOf } from '../source-of.ts';

interface Answering extends DrillSubject {
  /** How many attempts of each call do not answer. */
  silentAttempts: number;
}

export const timedOut = drill<Answering>({
  name: 'first-attempt-hangs',
  fault: timeoutFaults.TIMED_OUT,
  kind: 'code',
  breaks: 'the first attempt of every call never answers',
  recovers: 'the attempt is given up after 20 ms, and made again',
  notices: 'an answer that is 20 ms late',
  subject() {
    const signals = new Signals();
    const calls = pipeline({ signals }, retry({ maxAttempts: 2, backoff: constant(0) }), timeout(20));
    const subject: Answering = {
      drillable: true,
      signals,
      silentAttempts: 0,
      async use(signal) {
        const answer = await calls.run(
          (attempt) =>
            attempt.number <= subject.silentAttempts ? new Promise<string>(() => undefined) : 'answer',
          { signal },
        );
        if (answer !== 'answer') throw new Error(`expected an answer, got ${answer}`);
        return 'full';
      },
      close: () => undefined,
    };
    return subject;
  },
  inject(subject, scene) {
    subject.silentAttempts = 1;
    const undo = () => {
      subject.silentAttempts = 0;
    };
    scene.inject(startInjection({ what: 'the first attempts are silent', undo }));
  },
  sabotage: {
    file: sourceOf('packages/kernel/src/policies/retry/retry.ts'),
    replace: "if (attempts >= maxAttempts) return 'attempts';",
    by: "return 'attempts';",
  },
});
