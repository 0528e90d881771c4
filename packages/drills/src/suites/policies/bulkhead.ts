import { bulkhead, bulkheadFaults, pipeline, systemClock, timeout } from '@sustain/kernel';
import { drill } from '../../drill/index.ts';
import { startInjection } from '../../injection/index.ts';
import { sourceOf } from '../source-of.ts';
import { ask, says, silent, type WebAnswer } from '../web-server.ts';
import { type WebClient, webClient } from './web-client.ts';

const PLACES = 2;

export const bulkheadFilled = drill<WebClient>({
  name: 'slow-calls-take-all-places',
  fault: bulkheadFaults.BULKHEAD_FULL,
  kind: 'load',
  breaks:
    'one path of the server does not answer, and calls to it take all places that there are for the server',
  recovers: 'others are refused at once, and a kept answer stands in; each slow call gives its place back',
  notices: 'an older answer; of other servers nothing',
  subject: (scene) => webClient(scene, bulkhead({ name: 'server', limit: PLACES }), timeout(400)),
  inject({ server, calls }, scene) {
    const slowPath: WebAnswer = (response, request) =>
      request.url === '/slow' ? silent(response, request) : says('fresh')(response, request);
    server.answer = slowPath;
    const over = new AbortController();
    const callers = Array.from({ length: PLACES }, async () => {
      while (!over.signal.aborted) {
        await calls.run(({ signal }) => ask(`${server.url}slow`, signal));
        await systemClock.sleep(1);
      }
    });
    const undo = async () => {
      over.abort();
      await Promise.all(callers);
    };
    scene.inject(startInjection({ what: `${PLACES} callers of a path that does not answer`, undo }));
  },
  async whileBroken({ server }) {
    const others = pipeline(bulkhead({ name: 'another server', limit: 1 }));
    const answer = await others.run(({ signal }) => ask(server.url, signal));
    if (answer !== 'fresh') throw new Error(`another server was not served: ${answer}`);
  },
  limits: { restoreMs: 3000 },
  sabotage: {
    file: sourceOf('packages/kernel/src/policies/bulkhead/bulkhead.ts'),
    replace: '        failed: leave,',
    by: '',
  },
});
