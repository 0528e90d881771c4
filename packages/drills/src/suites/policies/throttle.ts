import { adaptiveThrottle, adaptiveThrottleFaults } from '@sustain/kernel';
import { drill } from '../../drill/index.ts';
import { sourceOf } from '../source-of.ts';
import { says } from '../web-server.ts';
import { type WebClient, webClient } from './web-client.ts';

export const throttled = drill<WebClient>({
  name: 'server-overloaded',
  fault: adaptiveThrottleFaults.THROTTLED,
  kind: 'server',
  breaks: 'the server is overloaded, and answers 503',
  recovers:
    'most calls are not made, and a kept answer stands in; those that are made find out when it is well',
  notices: 'an older answer',
  subject: (scene) =>
    webClient(scene, adaptiveThrottle({ name: 'server', halfLifeMs: 200, minimumCalls: 3 })),
  inject({ server }, scene) {
    scene.inject(server.answering('503', says('overloaded', 503)));
  },
  sabotage: {
    file: sourceOf('packages/kernel/src/policies/fallback/fallback.ts'),
    replace: '(call.succeed(answer) as undefined)',
    by: 'undefined',
  },
});
