import {
  breaker,
  type Policy,
  quotaExhausted,
  rateLimited,
  serviceLimitFaults,
  systemClock,
} from '@sustain/kernel';
import { drill } from '../../drill/index.ts';
import { sourceOf } from '../source-of.ts';
import { BadAnswer, says, type WebAnswer } from '../web-server.ts';
import { type WebClient, webClient } from './web-client.ts';

interface LimitedClient extends WebClient {
  /** How often the server was asked before it had said that it would answer. */
  askedEarly: number;
}

export const limitedByService = drill<LimitedClient>({
  name: 'service-limits-rate',
  fault: serviceLimitFaults.RATE_LIMITED_BY_SERVICE,
  kind: 'server',
  breaks: 'the service answers 429 for a while, and says when to come back',
  recovers: 'it is left alone until then, and a kept answer stands in',
  notices: 'an older answer',
  subject: limitedClient,
  inject(subject, scene) {
    let untilMs = 0;
    const limited: WebAnswer = (response, request) => {
      const nowMs = systemClock.monotonicMs();
      if (nowMs < untilMs) subject.askedEarly++;
      untilMs = nowMs + LIMITED_MS;
      says('slow down', 429, { 'retry-after-ms': `${LIMITED_MS}` })(response, request);
    };
    scene.inject(subject.server.answering('429 with a time', limited));
  },
  lastsMs: 100,
  afterwards({ askedEarly }) {
    if (askedEarly > 0) throw new Error(`the service was asked ${askedEarly} times before it was to be`);
  },
  limits: { restoreMs: 2000 },
  sabotage: {
    file: sourceOf('packages/kernel/src/policies/breaker/phases.ts'),
    replace: 'if (nowMs < untilMs) return false;',
    by: 'return false;',
  },
});

export const quotaUsedUp = drill<LimitedClient>({
  name: 'quota-used-up',
  fault: serviceLimitFaults.QUOTA_EXHAUSTED,
  kind: 'server',
  breaks: 'what the service grants is used up: it answers 429, insufficient_quota',
  recovers: 'a kept answer stands in until the service grants more',
  notices: 'an older answer',
  subject: limitedClient,
  inject({ server }, scene) {
    const usedUp: WebAnswer = (response, request) => {
      const resetsAt = `${systemClock.wallMs() + LIMITED_MS}`;
      says('insufficient_quota', 429, { 'x-quota-resets-at': resetsAt })(response, request);
    };
    scene.inject(server.answering('the quota is used up', usedUp));
  },
  limits: { restoreMs: 2000 },
  sabotage: {
    file: sourceOf('packages/kernel/src/policies/fallback/fallback.ts'),
    replace: '(call.succeed(answer) as undefined)',
    by: 'undefined',
  },
});

const LIMITED_MS = 40;

async function limitedClient(scene: Parameters<typeof webClient>[0]): Promise<LimitedClient> {
  return Object.assign(await webClient(scene, limitsHeeded()), { askedEarly: 0 });
}

/** Tells the breaker what the service says of its limits. */
function limitsHeeded(): Policy<never, unknown> {
  return breaker({
    name: 'service',
    isFailure(error) {
      if (!(error instanceof BadAnswer) || error.status !== 429) return undefined;
      const resetsAt = error.headers.get('x-quota-resets-at');
      if (resetsAt !== null) return quotaExhausted(Number(resetsAt));
      return rateLimited(Number(error.headers.get('retry-after-ms')));
    },
  });
}
