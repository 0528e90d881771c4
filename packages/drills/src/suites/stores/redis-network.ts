import { storeFaults } from '@sustain/stores';
import { drill } from '../../drill/index.ts';
import { blackhole, halfOpen, refuse, reset } from '../../network/index.ts';
import { sourceOf } from '../source-of.ts';
import { type OnRedis, onRedis, REDIS_LIMITS } from './redis-program.ts';

export const redisRefused = drill<OnRedis>({
  name: 'redis-connections-refused',
  fault: storeFaults.STORE_UNAVAILABLE,
  kind: 'network',
  breaks: 'the connection to Redis is reset, and new ones are refused for a while',
  recovers: 'it connects again, for ever, and goes on where it was',
  notices: 'that what is stored cannot be reached for a moment',
  subject: (scene) => onRedis(scene),
  inject({ proxy }, scene) {
    scene.inject(proxy.add(refuse()));
    scene.inject(proxy.add(reset()));
  },
  lastsMs: 50,
  limits: REDIS_LIMITS,
  sabotage: {
    file: sourceOf('packages/stores/src/redis/redis-link.ts'),
    replace: 'const timer = clock.schedule(delayMs, () => void this.#attempt(undefined, refusal));',
    by: 'const timer = clock.schedule(delayMs, () => undefined);',
  },
});

export const redisAnswerLost = drill<OnRedis>({
  name: 'redis-answers-lost',
  fault: storeFaults.OUTCOME_UNKNOWN,
  kind: 'network',
  breaks: 'Redis gets all that is written, and none of its answers arrive',
  recovers: 'the write is repeated under its operation id, and has been done once',
  notices: 'that it takes longer',
  subject: (scene) => onRedis(scene),
  inject({ proxy }, scene) {
    scene.inject(proxy.add(blackhole(), { direction: 'down' }));
  },
  lastsMs: 50,
  limits: REDIS_LIMITS,
  sabotage: {
    file: sourceOf('packages/stores/src/redis/redis-scripts.ts'),
    replace: 'if done then return tonumber(done) end',
    by: '',
  },
});

export const redisHalfOpen = drill<OnRedis>({
  name: 'redis-connection-half-open',
  fault: storeFaults.OUTCOME_UNKNOWN,
  kind: 'network',
  breaks:
    'the machine of Redis is gone without a word, and back at once: open connections stay silent for ever',
  recovers: 'a connection without answers is given up, and another one is made',
  notices: 'that it takes longer',
  subject: (scene) => onRedis(scene),
  inject({ proxy }, scene) {
    scene.inject(proxy.add(halfOpen({ gone: 'server' })));
  },
  limits: REDIS_LIMITS,
  sabotage: {
    file: sourceOf('packages/stores/src/redis/redis-heartbeat.ts'),
    replace: 'timer = clock.schedule(periodMs, silent, { keepAlive: false });',
    by: '',
  },
});
